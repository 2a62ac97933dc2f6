"""What client methods return: the response's status and request id, and the resource in it.

`get_…` returns an object that is both a `GetResponse` and the resource itself; the classes for that
are generated.
"""

from __future__ import annotations

import copy
import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, MutableSequence
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Generic,
    Self,
    SupportsIndex,
    TypeVar,
    cast,
    overload,
)

from batchcompute._http.response import Answer
from batchcompute._models.base import BatchEncoder, Jsonizable
from batchcompute._models.json_text import encode_masked
from batchcompute._operations.pagination import Markers, walk, walk_async

T = TypeVar("T")


class RawResponse:
    """What every response has; not a resource by itself."""

    __slots__ = ()

    if TYPE_CHECKING:
        _answer: Answer

    @property
    def StatusCode(self) -> int:
        """HTTP status code of the answer."""
        return self._answer.status

    @property
    def RequestId(self) -> str:
        """The service's id of the request; "" if it sent none."""
        return self._answer.request_id or ""

    @property
    def Date(self) -> str:
        """The answer's Date header; "" if there was none."""
        return self._answer.headers.get("date", "")

    @property
    def raw(self) -> Answer:
        """The answer as it was received: `status`, `headers`, `body`, `request_id`."""
        return self._answer

    @property
    def content(self) -> Any:
        """The answer's body, decoded from JSON; times are text. Always the same object."""
        return self._answer.content

    def getproperty(self, name: str) -> Any:
        """Return StatusCode, RequestId or Date by name.

        Raises:
            KeyError: It is none of them.
        """
        if name not in ("StatusCode", "RequestId", "Date"):
            raise KeyError(name)
        return getattr(self, name)

    def _head(self) -> dict[str, Any]:
        return {"StatusCode": self.StatusCode, "RequestId": self.RequestId, "Date": self.Date}


class _PlainResponse(RawResponse):
    """A response that wraps no resource."""

    __slots__ = ("_answer",)

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def _for_json(self) -> dict[str, Any]:
        """Return what `BatchEncoder` writes of a response."""
        return self._head()

    def __str__(self) -> str:
        return json.dumps(self, indent=4, cls=BatchEncoder)

    def __repr__(self) -> str:
        return encode_masked(self._for_json())

    def __bytes__(self) -> bytes:
        return str(self).encode("utf-8")


class ActionResponse(_PlainResponse):
    """The answer to an operation that returns nothing but its success."""

    __slots__ = ()


class CreateResponse(_PlainResponse):
    """The answer to a creation: the new resource's id."""

    __slots__ = ("Id", "Name")

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer)
        body = answer.object()
        #: Id of the new resource; an app's name.
        self.Id: str = body.get("Id") or body.get("Name") or ""
        #: Name of the new app; "" for everything else.
        self.Name: str = body.get("Name") or ""
        if not self.Id:
            raise answer.unreadable("the answer has neither Id nor Name")

    def _for_json(self) -> dict[str, Any]:
        return {**self._head(), "Id": self.Id, **({"Name": self.Name} if self.Name else {})}


class GetResponse(RawResponse):
    """A resource together with the answer that brought it.

    It is an object of the resource's class: attributes, items, comparisons, `dump` and everything
    else work on the resource. Copies of it are responses too.
    """

    __slots__ = ()

    _copies_as_self: ClassVar[bool] = False

    if TYPE_CHECKING:
        _model: ClassVar[type[Jsonizable]]
        _decode: Callable[[Any], Any]

    @classmethod
    def of(cls, answer: Answer) -> Self:
        """Decode an answer into a response of this class.

        Raises:
            JsonError: The body is no JSON object.
        """
        made: Self = cls._decode(answer.object())
        object.__setattr__(made, "_answer", answer)
        # The collection that the resource is in, as a list of it has it.
        object.__setattr__(made, "_place", answer.path.rpartition("/")[0])
        return made

    def getproperty(self, name: str) -> Any:
        """Return a property of the response or of the resource by name."""
        if name in ("StatusCode", "RequestId", "Date"):
            return getattr(self, name)
        return self[name]  # type: ignore[index]  # the resource's mapping half

    def __copy__(self) -> Self:
        rebuild, arguments = self.__reduce__()
        copied: Self = rebuild(*arguments)
        return copied

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self.__copy__()

    def __reduce__(self) -> tuple[Any, ...]:
        resource = self._clone()  # type: ignore[attr-defined]  # from the resource's class
        return _rebuild, (type(self), resource, self._answer)


class _Page(_PlainResponse, MutableSequence[T], Generic[T]):
    """The items of a page and where the next one begins: what both kinds of pages have."""

    __slots__ = ("Items", "NextMarker", "_fetch", "_start", "type")

    def __init__(self, answer: Answer, item: type[Jsonizable]) -> None:
        super().__init__(answer)
        self.type = item
        body = answer.json()
        # Some lists come bare, without anything around them.
        page = cast("dict[str, Any]", body if isinstance(body, dict) else {"Items": body})
        # An empty object is an empty list; one without Items is none.
        entries: list[Any] = page.get("Items", page) if page else []
        # It is a list if the service keeps its word.
        if not isinstance(entries, list):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise answer.unreadable("the answer has no list of Items")
        # Some old answers have it as the Marker of what comes next.
        marker = page["NextMarker"] if "NextMarker" in page else page.get("Marker")
        self.Items: list[T] = [
            entry if not isinstance(entry, dict) else cast(Any, item).from_dict(entry)
            for entry in entries
        ]
        if answer.path:
            for entry in self.Items:
                if isinstance(entry, item):
                    object.__setattr__(entry, "_place", answer.path)
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
        """Say where the page begins and how to get others; the client that asked for it does.

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
        names = ("_answer", "Items", "NextMarker", "_start", "type")
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
            raise RuntimeError("this page does not know its client any more: ask for the next one")

        markers = Markers(self._answer.operation, self._start)
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
        """Yield this page and all that follow; each is asked for when it is wanted.

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

    Everything works on the items of this page, except `all()` and `pages()`, which are iterated
    with `async for`.

    Attributes:
        Items: The page's items, an ordinary list.
        NextMarker: Where the next page begins; "" on the last one.
        type: Class of the items.
    """

    __slots__ = ()

    def pages(self) -> AsyncIterator[AsyncListResponse[T]]:
        """Yield this page and all that follow; each is asked for when it is wanted.

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


def _rebuild(cls: type[Any], resource: Jsonizable, answer: Answer) -> Any:
    made: Any = object.__new__(cls)
    for slot in ("_extra", "_notes", "_origin"):
        object.__setattr__(made, slot, getattr(resource, slot))
    for field in cls._fields.values():
        field.put(made, field.get(resource))
    object.__setattr__(made, "_answer", answer)
    object.__setattr__(made, "_place", answer.path.rpartition("/")[0])
    return made


def read_list(item: type[Any]) -> Callable[[Answer], ListResponse[Any]]:
    """Return a function that makes a page of such items from an answer."""
    return lambda answer: ListResponse(answer, item)


def read_one_of(
    choose: Callable[[Mapping[str, Any]], str], kinds: Mapping[str, Any]
) -> Callable[[Answer], Any]:
    """Return a function that makes a response of one of several classes from an answer.

    Args:
        choose: Tells from the content which kind it is.
        kinds: Kind -> class.
    """
    return lambda answer: kinds[choose(answer.object())].of(answer)
