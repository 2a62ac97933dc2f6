"""Waiting that is written once: a generator says what to do next, and a driver does it.

The generators hold all decisions. `run` does what they say for the synchronous client, `run_async`
for the asynchronous one.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Generator
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Ask:
    """Call a method of the client; the step's result is its result.

    Attributes:
        method: Name of the method.
        arguments: Its positional arguments.
        options: Its keyword arguments.
        within: Seconds that the call may take with all its repeats, if the client's own limits are
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
class Pause:
    """Do nothing for a while.

    Attributes:
        seconds: For how long.
    """

    seconds: float


@dataclass(frozen=True, slots=True)
class Tell:
    """Call a function of the program; of an asynchronous one, the result is awaited.

    Attributes:
        function: What to call.
        argument: What with.
    """

    function: Callable[[Any], Any]
    argument: Any


Step: TypeAlias = Ask | Pause | Tell
Steps: TypeAlias = Generator[Step, Any, R]


def run(steps: Steps[R], client: Any, sleep: Callable[[float], None]) -> R:
    """Do what a generator says, and return what it returns.

    Args:
        steps: The generator.
        client: Whose methods it names; its `_within` gives calls less time.
        sleep: Waits for a number of seconds.
    """
    try:
        step = next(steps)
        while True:
            try:
                result = None
                match step:
                    case Ask():
                        result = step.call(client)
                    case Pause():
                        sleep(step.seconds)
                    case Tell():
                        step.function(step.argument)
            # Ctrl-C, too: the generator has something to say about it.
            except BaseException as error:
                step = steps.throw(error)
            else:
                step = steps.send(result)
    except StopIteration as end:
        value: R = end.value
        return value


async def run_async(steps: Steps[R], client: Any, sleep: Callable[[float], Awaitable[None]]) -> R:
    """Do what a generator says, asynchronously, and return what it returns.

    Args:
        steps: The generator.
        client: Whose methods it names; its `_within` gives calls less time.
        sleep: Waits for a number of seconds.
    """
    try:
        step = next(steps)
        while True:
            try:
                result = None
                match step:
                    case Ask():
                        result = await step.call(client)
                    case Pause():
                        await sleep(step.seconds)
                    case Tell():
                        told = step.function(step.argument)
                        if inspect.isawaitable(told):
                            await told
            except BaseException as error:
                step = steps.throw(error)
            else:
                step = steps.send(result)
    except StopIteration as end:
        value: R = end.value
        return value
