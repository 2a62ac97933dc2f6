"""The embedded BatchCompute service: it speaks the API over HTTP and really runs the jobs.

`python -m batchcompute.server serve` runs it from a shell, `LocalServer` from a program. This
package loads nothing on import: the processes that run the programs import modules below it, and
they are started thousands of times.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from batchcompute.server.process.local_server import LocalServer

__all__ = ["LocalServer"]


def __getattr__(name: str) -> Any:
    if name == "LocalServer":
        try:
            from batchcompute.server.process.local_server import LocalServer
        except ModuleNotFoundError as error:
            if error.name is None or error.name.startswith("batchcompute"):
                raise
            raise ImportError(
                f"the extra `local` is not installed ({error.name} is missing): "
                "pip install 'batchcompute[local]'"
            ) from error
        return LocalServer
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
