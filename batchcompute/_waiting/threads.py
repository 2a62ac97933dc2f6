"""Call blocking functions: in place for the synchronous client, else in a thread."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def directly(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Call a function, and return what it returns.

    Args:
        function: What blocks.
        *args: Its positional arguments.
        **kwargs: Its keyword arguments.
    """
    return function(*args, **kwargs)


async def in_thread(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Call a function in a thread, under asyncio or trio, and return what it returns.

    Args:
        function: What blocks.
        *args: Its positional arguments.
        **kwargs: Its keyword arguments.
    """
    # httpx brings it, and only its asynchronous client needs it.
    from anyio import to_thread

    return await to_thread.run_sync(partial(function, *args, **kwargs))
