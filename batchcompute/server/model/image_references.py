"""Names of container images: which registry they are of, and which are none.

The grammar is that of the engines and registries, `distribution/reference`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

#: How the API names the registry whose store lies in the caller's own storage.
STORE_HOST = "localhost:5000"

# Loose: who fetches it finds out what is no image. But it must not look like an option.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@-]{0,511}", re.ASCII)
_DEFAULT_TAG = "latest"
_LONGEST_REPOSITORY = 255
_COMPONENT = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_REFERENCE = re.compile(
    rf"(?P<repository>{_COMPONENT}(?:/{_COMPONENT})*)"
    r"(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?"
    r"(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)


@dataclass(frozen=True, slots=True)
class Reference:
    """An image of a registry.

    Its parts hold nothing but the letters of the grammar, and no part of a path is "." or "..", so
    they are safe in the addresses of objects.

    Attributes:
        repository: Path of the repository in its registry.
        tag: The tag, which counts if there is no digest.
        digest: `sha256:` and 64 hexadecimal digits, or "".
    """

    repository: str
    tag: str
    digest: str

    @classmethod
    def parse(cls, image: str) -> Reference:
        """Read the name of an image of the registry in the caller's storage.

        Args:
            image: `<name>`, `<name>:<tag>` or `<name>@sha256:<digest>`, with `localhost:5000/`
                before it or not. Without tag and digest the tag is `latest`; a digest wins.

        Returns:
            Its parts.

        Raises:
            ValueError: It is no such name.
        """
        host, name = _split(image)
        found = _REFERENCE.fullmatch(name)
        if host not in ("", STORE_HOST) or not found:
            raise ValueError(
                f"{image!r} is not of the form {STORE_HOST}/<name>, in lower case, "
                "with :<tag> or @sha256:<digest>"
            )
        if len(found["repository"]) > _LONGEST_REPOSITORY:
            raise ValueError(f"the name is longer than {_LONGEST_REPOSITORY} characters")
        return cls(found["repository"], found["tag"] or _DEFAULT_TAG, found["digest"] or "")

    def __str__(self) -> str:
        """Return the name without a host."""
        return self.repository + (f"@{self.digest}" if self.digest else f":{self.tag}")


def is_image_name(text: str) -> bool:
    """Say whether a text can be the name of a container image of any registry."""
    return _NAME.fullmatch(text) is not None


def may_be_stored(image: str) -> bool:
    """Say whether an image can be meant to lie in the caller's storage.

    Args:
        image: What a caller wrote.

    Returns:
        False if it names another registry, and can only be had from that.
    """
    return _split(image)[0] in ("", STORE_HOST)


def _split(image: str) -> tuple[str, str]:
    """Tell the host from the name, by the rule of the engines."""
    first, slash, rest = image.partition("/")
    is_host = "." in first or ":" in first or first == "localhost" or first != first.lower()
    return (first, rest) if slash and is_host else ("", image)
