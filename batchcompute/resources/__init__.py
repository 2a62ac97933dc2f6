"""All resource classes: descriptions to fill in and send, and statuses as the service shows them.

Each class is loaded when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from batchcompute._generated.api.exports import resources as _resources

if TYPE_CHECKING:
    from batchcompute._generated.api.exports.resources import *  # noqa: F403
    from batchcompute.resources import app as app
    from batchcompute.resources import cluster as cluster
    from batchcompute.resources import image as image
    from batchcompute.resources import job as job

__all__ = list(_resources.__all__)  # pyright: ignore[reportUnsupportedDunderAll]


if not TYPE_CHECKING:  # type checkers know the names above, and no others

    def __getattr__(name: str) -> Any:
        if name in ("app", "cluster", "image", "job"):
            return import_module(f"{__name__}.{name}")
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = getattr(_resources, name)
        globals()[name] = found
        return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
