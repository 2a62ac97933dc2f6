"""Where a remote object store is, as `--objects URL` says it."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

from batchcompute.server.objects.address import is_bucket_name, is_plain_segment

Kind: TypeAlias = Literal["oss", "s3"]

_KINDS: Final[Mapping[str, Kind]] = {"oss": "oss", "s3": "s3"}
_PARAMETERS = ("endpoint", "region", "style", "credentials", "program-credentials", "ca", "account")
#: A store knows accounts, and is asked for what all of them have.
EVERY_ACCOUNT: Final = "every"
_REGION = re.compile(r"[a-z0-9][a-z0-9-]{0,62}", re.ASCII)
_HOST = re.compile(r"[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]", re.ASCII)
_REGION_OF_HOST = re.compile(r"oss-([a-z0-9-]+?)(?:-internal)?\.aliyuncs\.com", re.ASCII)
#: Hosts whose buckets are addressed as a part of the host's name.
_VIRTUAL = (".amazonaws.com", ".amazonaws.com.cn", ".aliyuncs.com")
_FORM = "[BUCKET[/PREFIX]][?endpoint=URL&region=ID&style=path|virtual&credentials=FILE]"


@dataclass(frozen=True, slots=True)
class Location:
    """Where objects are kept. Nothing in it is secret.

    Attributes:
        kind: The protocol.
        endpoint: URL of the store, without a path.
        region: Region id that signatures name.
        path_style: Whether buckets are named in the path instead of in the host.
        bucket: The bucket that holds everything, or "" if each bucket is one of the store.
        prefix: What the keys in it start with; "" or ends in a slash.
        credentials: File with the access key, or "" for the environment.
        program_credentials: File with the access key that programs are given, or "" for none.
        trusted: File with the certificates (PEM) that the store's is signed with, or "" for those
            that everybody trusts.
        account: The account for which a store is asked that knows accounts, as the port that agents
            join does; `EVERY_ACCOUNT` for all of them, and "" where there are none.
    """

    kind: Kind
    endpoint: str
    region: str
    path_style: bool
    bucket: str = ""
    prefix: str = ""
    credentials: str = ""
    program_credentials: str = ""
    trusted: str = ""
    account: str = ""

    @classmethod
    def parse(cls, text: str, environment: Mapping[str, str]) -> Location:
        """Read a URL.

        Args:
            text: `oss://` or `s3://`, a bucket and a prefix or nothing, and parameters: `endpoint`,
                `region`, `style`, `credentials`, `program-credentials`, `ca` and
                `account`.
            environment: Says what the URL leaves open: `OSS_ENDPOINT` and `OSS_REGION`, or
                `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`, `AWS_REGION` and `AWS_DEFAULT_REGION`.

        Raises:
            ValueError: It cannot be understood. The message never repeats a password.
        """
        try:
            parts = urlsplit(text)
        except ValueError:
            raise ValueError("the URL of the object store is no URL") from None
        kind = _KINDS.get(parts.scheme.lower())
        if "@" in parts.netloc:
            raise ValueError(
                f"the URL of the object store must hold no access key: set {_variables(kind)}, or "
                "name a file with credentials=FILE"
            )
        if kind is None:
            raise ValueError(f"{text!r} is no remote object store: write oss://{_FORM}, or s3://…")
        given = _parameters(parts, kind)
        bucket, prefix = _bucket(parts, kind)
        endpoint, region = _endpoint(kind, given, environment)
        host = urlsplit(endpoint).hostname or ""
        style = given.get("style") or ("virtual" if host.endswith(_VIRTUAL) else "path")
        if style not in ("path", "virtual"):
            raise ValueError(f"style={style} is not known: it is path or virtual")
        return cls(
            kind,
            endpoint,
            region,
            style == "path",
            bucket,
            prefix,
            given.get("credentials", ""),
            given.get("program-credentials", ""),
            given.get("ca", ""),
            given.get("account", ""),
        )

    @property
    def url(self) -> str:
        """The URL from which `parse` makes this one again, whatever the environment says."""
        given = {
            "endpoint": self.endpoint,
            "region": self.region,
            "style": "path" if self.path_style else "virtual",
            "credentials": self.credentials,
            "program-credentials": self.program_credentials,
            "ca": self.trusted,
            "account": self.account,
        }
        query = urlencode({name: value for name, value in given.items() if value}, safe=":/")
        path = f"/{quote(self.prefix.removesuffix('/'))}" if self.prefix else ""
        return f"{self.kind}://{self.bucket}{path}?{query}"

    @property
    def host(self) -> str:
        """The endpoint without its scheme."""
        return self.endpoint.partition("://")[2]

    @property
    def is_readable_on_the_way(self) -> bool:
        """True if objects go over a network, and nothing encrypts them there."""
        parts = urlsplit(self.endpoint)
        if parts.scheme == "https":
            return False
        try:
            return not ipaddress.ip_address(parts.hostname or "").is_loopback
        except ValueError:
            return parts.hostname != "localhost"

    def place(self, bucket: str, key: str) -> tuple[str, str]:
        """Return the store's bucket and key for those of an address."""
        return (self.bucket, f"{self.prefix}{bucket}/{key}") if self.bucket else (bucket, key)


def _variables(kind: Kind | None) -> str:
    if kind == "s3":
        return "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    return "OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET"


def _parameters(parts: SplitResult, kind: Kind) -> dict[str, str]:
    if parts.fragment:
        raise ValueError("the URL of the object store has a part behind '#', which means nothing")
    found: dict[str, str] = {}
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        if name not in _PARAMETERS:
            # A key may have been put here; its value is not repeated.
            raise ValueError(
                f"{name!r} is no parameter of an object store; there are "
                f"{', '.join(_PARAMETERS)}. Access keys come from {_variables(kind)}"
            )
        if name in found:
            raise ValueError(f"the URL of the object store names {name} twice")
        found[name] = value
    return found


def _bucket(parts: SplitResult, kind: Kind) -> tuple[str, str]:
    bucket, prefix = parts.netloc, unquote(parts.path).strip("/")
    if not bucket:
        if prefix:
            raise ValueError(f"a prefix needs a bucket: write {kind}://BUCKET/{prefix}")
        return "", ""
    if ":" in bucket:
        raise ValueError(
            f"{bucket!r} is no bucket; the store's address is a parameter: "
            f"{kind}://?endpoint=http://{bucket}"
        )
    if not is_bucket_name(bucket):
        raise ValueError(f"{bucket!r} is no name of a bucket")
    if not prefix:
        return bucket, ""
    for segment in prefix.split("/"):
        if not is_plain_segment(segment):
            raise ValueError(f"the prefix {prefix!r} has the segment {segment!r}")
    return bucket, f"{prefix}/"


def _endpoint(
    kind: Kind, given: Mapping[str, str], environment: Mapping[str, str]
) -> tuple[str, str]:
    def found(parameter: str, *variables: str) -> str:
        names = (environment.get(name, "") for name in variables)
        return given.get(parameter, "") or next(filter(None, names), "")

    if kind == "oss":
        endpoint = found("endpoint", "OSS_ENDPOINT")
        region = found("region", "OSS_REGION")
        usual = f"https://oss-{region}.aliyuncs.com"
    else:
        endpoint = found("endpoint", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
        region = found("region", "AWS_REGION", "AWS_DEFAULT_REGION")
        top = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
        usual = f"https://s3.{region}.{top}"
    if region and not _REGION.fullmatch(region):
        raise ValueError(f"{region!r} is no id of a region")
    if not endpoint and not region:
        raise ValueError(
            f"the URL of the object store names neither an endpoint nor a region: {kind}://{_FORM}"
        )
    endpoint = _checked(endpoint or usual)
    if region:
        return endpoint, region
    host = _REGION_OF_HOST.fullmatch(urlsplit(endpoint).hostname or "")
    if host is None and kind == "oss":
        raise ValueError(
            f"signatures for {endpoint} need its region: add region=ID to the URL of the object "
            "store"
        )
    return endpoint, host[1] if host else "us-east-1"


def _checked(endpoint: str) -> str:
    text = endpoint if "://" in endpoint else f"https://{endpoint}"
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise ValueError(f"the endpoint {endpoint!r} is no URL") from None
    if "@" in parts.netloc:
        raise ValueError("the endpoint of the object store must hold no access key")
    if parts.scheme not in ("http", "https"):
        raise ValueError(f"the endpoint {endpoint!r} is neither http:// nor https://")
    host = parts.netloc.removesuffix(f":{port}") if port is not None else parts.netloc
    if not _HOST.fullmatch(host) or parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError(f"the endpoint {endpoint!r} is more or less than http(s)://HOST[:PORT]")
    return f"{parts.scheme}://{parts.netloc}"
