"""Represent pages of lists, and walk from one to the others."""

from __future__ import annotations

import copy
from collections.abc import (
    AsyncIterator,
    Callable,
    Coroutine,
    Generator,
    Iterator,
    MutableSequence,
)
from typing import (
    Any,
    Generic,
    Self,
    SupportsIndex,
    TypeVar,
    cast,
    overload,
)

from batchcompute._http.response import Response
from batchcompute._models.base import Jsonizable
from batchcompute._operations.pagination import Markers, walk, walk_async
from batchcompute._operations.responses import PlainResponse

T = TypeVar("T")


class _Page(PlainResponse, MutableSequence[T], Generic[T]):
    """The items of a page and where the next one begins: what both kinds of pages have."""

    __slots__ = ("Items", "NextMarker", "_fetch", "_start", "type")

    def __init__(
        self,
        response: Response,
        item: type[Jsonizable],
        items: str = "Items",
        next_marker: str = "NextMarker",
    ) -> None:
        super().__init__(response)
        self.type = item
        body = response.json()
        # Some lists come bare, without anything around them.
        page = cast("dict[str, Any]", body if isinstance(body, dict) else {items: body})
        # An empty object is an empty list; one without Items is none.
        entries: list[Any] = page.get(items, page) if page else []
        # It is a list if the service keeps its word.
        if not isinstance(entries, list):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise response.unreadable(f"the response has no list of {items}")
        # Some old answers have it as the Marker of what comes next.
        marker = page[next_marker] if next_marker in page else page.get("Marker")
        self.Items: list[T] = [
            entry if not isinstance(entry, dict) else cast(Any, item).from_dict(entry)
            for entry in entries
        ]
        if response.path:
            for entry in self.Items:
                if isinstance(entry, item):
                    object.__setattr__(entry, "_place", response.path)
        # Programs compare it with "" and call its methods, so it is always text.
        self.NextMarker: str = str(marker) if marker else ""
        # See `linked`.
        self._start = ""
        self._fetch: Callable[[str], Any] | None = None

    @classmethod
    def of(cls, page: _Page[T]) -> Self:
        """Return a page of this class with the content of another one."""
        return page if isinstance(page, cls) else cls._like(page)

    @classmethod
    def _like(cls, page: _Page[T]) -> Self:
        made: Any = cls.__new__(cls)
        for name, value in page.__getstate__()[1].items():
            setattr(made, name, value)
        return cast("Self", made)

    def linked(self, start: str, fetch: Callable[[str], Any]) -> Self:
        """Set where the page begins and how to get others; called by the client that requested it.

        Args:
            start: Marker of this page.
            fetch: Returns the page at a marker, or something to be awaited.

        Returns:
            The page itself.
        """
        self._start = start
        self._fetch = fetch
        return self

    def __copy__(self) -> Self:
        made = self._like(self)
        made._fetch = self._fetch
        return made

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        made = self.__copy__()
        made.Items = copy.deepcopy(self.Items, memo)
        return made

    def __getstate__(self) -> tuple[None, dict[str, Any]]:
        # A page that is pickled leaves its client behind.
        names = ("_response", "Items", "NextMarker", "_start", "type")
        return None, {**{name: getattr(self, name) for name in names}, "_fetch": None}

    @overload
    def __getitem__(self, index: SupportsIndex) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> list[T]: ...
    def __getitem__(self, index: SupportsIndex | slice) -> T | list[T]:
        return self.Items[index]

    def __setitem__(self, index: Any, value: Any) -> None:
        self.Items[index] = value

    def __delitem__(self, index: Any) -> None:
        del self.Items[index]

    def __len__(self) -> int:
        return len(self.Items)

    def __iter__(self) -> Iterator[T]:
        return iter(self.Items)

    def __contains__(self, value: object) -> bool:
        return value in self.Items

    def insert(self, index: int, value: T) -> None:
        """Insert an item into the page's list."""
        self.Items.insert(index, value)

    def copy(self) -> list[T]:
        """Return a new list of the page's items."""
        return self.Items.copy()

    def sort(self, *, key: Callable[[T], Any] | None = None, reverse: bool = False) -> None:
        """Sort the page's list in place."""
        self.Items.sort(key=cast(Any, key), reverse=reverse)

    def _for_json(self) -> dict[str, Any]:
        return {**self._head(), "NextMarker": self.NextMarker, "Items": self.Items}

    def _walk(self) -> tuple[Markers, Callable[[str], Any]]:
        def unreachable(marker: str) -> Any:
            raise RuntimeError(
                f"this page was pickled without its client: list again with marker={marker!r}"
            )

        markers = Markers(self._response.operation, self._start)
        return markers, self._fetch if self._fetch is not None else unreachable


class ListResponse(_Page[T]):
    """One page of a list, and the way to the others.

    Iteration, `len`, indexing and `in` work on the items of this page, as old programs expect;
    `all()` yields those of the following pages, too.

    Attributes:
        Items: The page's items, an ordinary list.
        NextMarker: Where the next page begins; "" on the last one.
        type: Class of the items.
    """

    __slots__ = ()

    def pages(self) -> Iterator[ListResponse[T]]:
        """Yield this page and all that follow; each is requested when it is wanted.

        Raises:
            ClientError: The service refused, or repeated a marker (code `RepeatedMarker`).
        """
        return walk(self, *self._walk())

    def all(self) -> Iterator[T]:
        """Yield the items of this page and of all that follow.

        Raises:
            ClientError: The service refused, or repeated a marker (code `RepeatedMarker`).
        """
        for page in self.pages():
            yield from page.Items


class AsyncListResponse(_Page[T]):
    """One page of a list, as `AsyncClient` returns it, and the way to the others.

    `for`, `len`, indexing and `in` work on the items of this page; `async for` goes over those of
    the following pages, too, as does `all()`.

    Attributes:
        Items: The page's items, an ordinary list.
        NextMarker: Where the next page begins; "" on the last one.
        type: Class of the items.
    """

    __slots__ = ()

    def pages(self) -> AsyncIterator[AsyncListResponse[T]]:
        """Yield this page and all that follow; each is requested when it is wanted.

        Raises:
            ClientError: The service refused, or repeated a marker (code `RepeatedMarker`).
        """
        return walk_async(self, *self._walk())

    async def all(self) -> AsyncIterator[T]:
        """Yield the items of this page and of all that follow.

        Raises:
            ClientError: The service refused, or repeated a marker (code `RepeatedMarker`).
        """
        async for page in self.pages():
            for item in page.Items:
                yield item

    def __aiter__(self) -> AsyncIterator[T]:
        return self.all()


class AsyncPager(Coroutine[Any, Any, AsyncListResponse[T]], Generic[T]):
    """The result of a list method of `AsyncClient`; nothing is requested before it is used.

    Awaited, it is the first page: `page = await client.list_jobs()`. Iterated, it is the items of
    all pages: `async for job in client.list_jobs()`. Each use requests the list anew.

    Args:
        fetch: Requests the first page.
    """

    __slots__ = ("_fetch", "_running")

    def __init__(self, fetch: Callable[[], Coroutine[Any, Any, AsyncListResponse[T]]]) -> None:
        self._fetch = fetch
        self._running: Coroutine[Any, Any, AsyncListResponse[T]] | None = None

    def __await__(self) -> Generator[Any, Any, AsyncListResponse[T]]:
        return self._fetch().__await__()

    # A task drives it as the coroutine that it was before it could be iterated.

    def send(self, value: Any) -> Any:
        """Go on with the request of the first page, as an event loop does with a coroutine."""
        if self._running is None:
            self._running = self._fetch()
        return self._running.send(value)

    def throw(self, *error: Any) -> Any:
        """Raise an exception in the request of the first page, a cancellation, say."""
        if self._running is None:
            self._running = self._fetch()
        return self._running.throw(*error)

    def close(self) -> None:
        """Give up the request of the first page."""
        if self._running is not None:
            self._running.close()

    async def pages(self) -> AsyncIterator[AsyncListResponse[T]]:
        """Yield all pages; each is requested when it is wanted.

        Raises:
            ClientError: The service refused, or repeated a marker (code `RepeatedMarker`).
        """
        first = await self._fetch()
        async for page in first.pages():
            yield page

    async def all(self) -> AsyncIterator[T]:
        """Yield the items of all pages.

        Raises:
            ClientError: The service refused, or repeated a marker (code `RepeatedMarker`).
        """
        async for page in self.pages():
            for item in page.Items:
                yield item

    def __aiter__(self) -> AsyncIterator[T]:
        return self.all()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: await it, or iterate over it with async for>"


def read_list(
    item: type[Any], items: str = "Items", next_marker: str = "NextMarker"
) -> Callable[[Response], ListResponse[Any]]:
    """Return a function that decodes a response into a page.

    Args:
        item: Class of the items.
        items: Member that holds them.
        next_marker: Member that says where the next page begins.
    """
    return lambda response: ListResponse(response, item, items, next_marker)
