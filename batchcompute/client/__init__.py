"""The clients, what their methods return, and the statuses in it."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from batchcompute._http.response import Response as Response
    from batchcompute.client._async.client import AsyncClient as AsyncClient
    from batchcompute.client._sync.client import Client as Client
    from batchcompute.client.responses import *  # noqa: F403

_HOMES = {
    "Response": "batchcompute._http.response",
    "AsyncClient": "batchcompute.client._async.client",
    "Client": "batchcompute.client._sync.client",
}


if not TYPE_CHECKING:  # type checkers know the names above, and no others

    def __getattr__(name: str) -> Any:
        # Lazy, because old programs import old paths below this one, which need no HTTP library.
        if name in ("client", "response", "responses"):
            return import_module(f"{__name__}.{name}")
        if name == "__all__":
            return [*sorted(_HOMES), *import_module(f"{__name__}.responses").__all__]
        home = _HOMES.get(name, f"{__name__}.responses")
        found = getattr(import_module(home), name)
        globals()[name] = found
        return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES, *import_module(f"{__name__}.responses").__all__})
