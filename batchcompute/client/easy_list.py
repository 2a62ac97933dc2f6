"""Implement `easy_list`: all resources of a kind as one lazy list, over any number of pages.

The synchronous and the asynchronous list share `Query`: which operation lists a kind of resource,
and which items the filters keep.
"""

from __future__ import annotations

import operator
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Iterator,
    KeysView,
    Mapping,
    Sequence,
    Set,
)
from typing import Any, Generic, TypeVar, cast, overload

from batchcompute._generated.api.operations.calls import LISTS
from batchcompute._http.request import PreparedRequest
from batchcompute._models.warnings import warn
from batchcompute._operations.pages import ListResponse
from batchcompute._operations.pagination import Markers
from batchcompute.exceptions import FieldError

T = TypeVar("T")

#: Items asked for at once.
_PAGE_SIZE = 100


class Query(Generic[T]):
    """The requests of an easy list and the items that it keeps; never waits.

    Args:
        resource_type: `jobs`, `clusters`, `images`, `tasks`, `instances`, `cluster_instances` or
            `apps`.
        resource_info: What the resources belong to.
        filters: Attribute -> the value wanted, a collection of values, or a function that says
            whether a value will do.

    Raises:
        FieldError: The resource type is unknown.
        TypeError: The resources belong to something else, or an id is none.
    """

    def __init__(
        self, resource_type: object, resource_info: tuple[Any, ...], filters: Mapping[str, Any]
    ) -> None:
        if not isinstance(resource_type, str) or resource_type not in LISTS:
            raise FieldError(f"resource_type must be one of {', '.join(LISTS)}")
        kind = LISTS[resource_type]
        least, most = len(kind.needs), len(kind.needs) + len(kind.takes)
        if not least <= len(resource_info) <= most:
            needed = " and a ".join(name.replace("_", " ") for name in kind.needs) or "nothing"
            raise TypeError(
                f"easy_list({resource_type!r}) needs {'a ' if kind.needs else ''}{needed}, "
                f"not {len(resource_info)} argument(s)"
            )
        self.name = resource_type
        self._kind = kind
        self._info = resource_info
        self._filters = dict(filters)
        self._served = kind.served(filters)
        # Building the first request now lets a wrong id fail where it was given.
        self._operation = self.ask("").operation

    def markers(self) -> Markers:
        """Return the markers of a new walk through the list."""
        return Markers(self._operation, "")

    def ask(self, marker: str) -> PreparedRequest[ListResponse[T]]:
        """Return the request of the page at a marker."""
        return self._kind.page(marker, _PAGE_SIZE, self._info, self._served)

    def keep(self, page: ListResponse[T]) -> list[T]:
        """Return the items of a page that pass all filters.

        A filter on something that no item of a page has can only be a mistake, hence the warning;
        unless the service filters by it, which then knows more than it shows.
        """
        for name in self._filters.keys() - self._served.keys():
            if page.Items and not any(hasattr(item, name) for item in page.Items):
                warn(f"easy_list({self.name!r}): {page.type.__name__} has no attribute {name!r}")
        return [
            item
            for item in page.Items
            if all(
                _passes(item, name, wanted, name in self._served)
                for name, wanted in self._filters.items()
            )
        ]


def _passes(item: Any, name: str, wanted: Any, is_served: bool) -> bool:
    try:
        value = getattr(item, name)
    except AttributeError:
        return is_served
    if callable(wanted):
        return bool(wanted(value))
    if isinstance(wanted, list | tuple | Set | KeysView | range):
        # One by one, because a value that cannot be hashed cannot be looked up in a set.
        return any(value == option for option in cast("Iterable[object]", wanted))
    return bool(value == wanted)


class EasyList(Sequence[T]):
    """All resources of a kind that pass the filters, fetched as far as they are looked at.

    Iteration and `in` fetch page after page and stop where they can; `next` goes through the list
    once; `len`, an index and `==` fetch what they need, the rest at the most. What was fetched is
    kept: going over the list again asks nothing.

    Args:
        query: What to request and what to keep.
        send: Sends a call.
    """

    def __init__(self, query: Query[T], send: Callable[[PreparedRequest[Any]], Any]) -> None:
        self._query = query
        self._send = send
        self._markers = query.markers()
        self._last: ListResponse[T] | None = None
        self._found: list[T] = []
        self._cursor = 0
        #: Where the page to ask for begins, once it is known.
        self._next = ""
        self._at_end = False

    def _fetch(self) -> bool:
        """Fetch one more page; return whether there was one."""
        if self._at_end:
            return False
        # The marker is followed only now, so that an error in it comes behind the page's items.
        if self._last is not None and not self._next:
            self._next = self._markers.after(self._last)
            if not self._next:
                self._at_end = True
                return False
        page = self._send(self._query.ask(self._next))
        self._found += self._query.keep(page)
        self._last, self._next = page, ""
        return True

    def _reaches(self, index: int) -> bool:
        """Fetch until there is an item of this index; return whether there is one."""
        while index >= len(self._found):
            if not self._fetch():
                return False
        return True

    def _reaches_all_of(self, part: slice) -> None:
        """Fetch until no further page can change a slice."""
        bounds = (part.start, part.stop)
        backwards = part.step is not None and operator.index(part.step) < 0
        farthest = bounds[0 if backwards else 1]
        if farthest is None or any(b is not None and operator.index(b) < 0 for b in bounds):
            len(self)
            return
        wanted = range(*part.indices(operator.index(farthest) + 1))
        if wanted:
            self._reaches(max(wanted[0], wanted[-1]))

    def __iter__(self) -> Iterator[T]:
        index = 0
        while self._reaches(index):
            yield self._found[index]
            index += 1

    def __next__(self) -> T:
        if not self._reaches(self._cursor):
            raise StopIteration
        self._cursor += 1
        return self._found[self._cursor - 1]

    def __contains__(self, value: object) -> bool:
        return any(item == value for item in self)

    def __bool__(self) -> bool:
        return self._reaches(0)

    def __len__(self) -> int:
        while self._fetch():
            pass
        return len(self._found)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> list[T]: ...
    def __getitem__(self, index: int | slice) -> T | list[T]:
        if isinstance(index, slice):
            self._reaches_all_of(index)
            return self._found[index]
        if index < 0:
            len(self)
        else:
            self._reaches(index)
        return self._found[index]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, list | EasyList):
            return NotImplemented
        return list(self) == list(cast("Iterable[object]", other))

    __hash__ = None  # type: ignore[assignment]  # equal by content, like a list

    def __repr__(self) -> str:
        # Showing a list in a debugger must not send requests.
        state = "" if self._at_end else " so far"
        return f"<easy_list of {self._query.name}: {len(self._found)} found{state}>"


class AsyncEasyList(Generic[T]):
    """All resources of a kind that pass the filters, for `async for`; see `EasyList`.

    Args:
        query: What to request and what to keep.
        send: Sends a call.
    """

    def __init__(
        self, query: Query[T], send: Callable[[PreparedRequest[Any]], Awaitable[Any]]
    ) -> None:
        self._query = query
        self._send = send

    async def __aiter__(self) -> AsyncIterator[T]:
        markers, marker = self._query.markers(), ""
        while True:
            page = await self._send(self._query.ask(marker))
            for item in self._query.keep(page):
                yield item
            marker = markers.after(page)
            if not marker:
                return

    def __repr__(self) -> str:
        return f"<easy_list of {self._query.name}>"
