"""Run waits that do no I/O: generators yield effects, and a driver of each client performs them.

The generators hold all decisions. `run` performs what they yield for the synchronous client,
`run_async` for the asynchronous one.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Generator
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Request:
    """Call a method of the client; the generator is sent its result, or thrown its exception.

    Attributes:
        method: Name of the method.
        arguments: Its positional arguments.
        options: Its keyword arguments.
        within: Seconds that the call may take with all its retries, if the client's own limits are
            not shorter; None leaves it at those.
    """

    method: str
    arguments: tuple[Any, ...]
    options: dict[str, Any] = field(default_factory=dict[str, Any])
    within: float | None = None

    def call(self, client: Any) -> Any:
        """Call the method.

        Args:
            client: Whose method it is.
        """
        if self.within is not None:
            client = client._within(self.within)
        return getattr(client, self.method)(*self.arguments, **self.options)


@dataclass(frozen=True, slots=True)
class Sleep:
    """Do nothing for a while.

    Attributes:
        seconds: For how long.
    """

    seconds: float


@dataclass(frozen=True, slots=True)
class Notify:
    """Call a function of the program; the result of an asynchronous one is awaited.

    Attributes:
        function: What to call.
        argument: What with.
    """

    function: Callable[[Any], Any]
    argument: Any


Effect: TypeAlias = Request | Sleep | Notify
#: A generator of effects that returns an R.
Effects: TypeAlias = Generator[Effect, Any, R]


def run(effects: Effects[R], client: Any, sleep: Callable[[float], None]) -> R:
    """Perform the effects of a generator, and return what it returns.

    Args:
        effects: The generator.
        client: Whose methods it names; its `_within` gives calls less time.
        sleep: Waits for a number of seconds.
    """
    try:
        effect = next(effects)
        while True:
            try:
                result = None
                match effect:
                    case Request():
                        result = effect.call(client)
                    case Sleep():
                        sleep(effect.seconds)
                    case Notify():
                        effect.function(effect.argument)
            # Ctrl-C, too: the generator has something to say about it.
            except BaseException as error:
                effect = effects.throw(error)
            else:
                effect = effects.send(result)
    except StopIteration as end:
        value: R = end.value
        return value


async def run_async(
    effects: Effects[R], client: Any, sleep: Callable[[float], Awaitable[None]]
) -> R:
    """Perform the effects of a generator asynchronously, and return what it returns.

    Args:
        effects: The generator.
        client: Whose methods it names; its `_within` gives calls less time.
        sleep: Waits for a number of seconds.
    """
    try:
        effect = next(effects)
        while True:
            try:
                result = None
                match effect:
                    case Request():
                        result = await effect.call(client)
                    case Sleep():
                        await sleep(effect.seconds)
                    case Notify():
                        found = effect.function(effect.argument)
                        if inspect.isawaitable(found):
                            await found
            except BaseException as error:
                effect = effects.throw(error)
            else:
                effect = effects.send(result)
    except StopIteration as end:
        value: R = end.value
        return value
