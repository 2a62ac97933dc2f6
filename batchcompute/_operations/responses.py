"""Represent what client methods return: a response's status and id, and the resource in it.

`get_…` returns an object that is both a `GetResponse` and the resource itself; the classes for that
are generated.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Self,
    TypeVar,
)

from batchcompute._http.response import Response
from batchcompute._models.base import BatchEncoder, Jsonizable
from batchcompute._models.json_text import encode_masked

T = TypeVar("T")


class RawResponse:
    """The base of all responses; not a resource by itself."""

    __slots__ = ()

    if TYPE_CHECKING:
        _response: Response

    @property
    def StatusCode(self) -> int:
        """Return the HTTP status code of the response."""
        return self._response.status

    @property
    def RequestId(self) -> str:
        """Return the service's id of the request; "" if it sent none."""
        return self._response.request_id or ""

    @property
    def Date(self) -> str:
        """Return the response's Date header; "" if there was none."""
        return self._response.headers.get("date", "")

    @property
    def raw(self) -> Response:
        """Return the response as it was received: `status`, `headers`, `body`, `request_id`."""
        return self._response

    @property
    def content(self) -> Any:
        """Return the body, decoded from JSON, always the same object; times are strings."""
        return self._response.content

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


class PlainResponse(RawResponse):
    """A response that wraps no resource."""

    __slots__ = ("_response",)

    def __init__(self, response: Response) -> None:
        self._response = response

    def _for_json(self) -> dict[str, Any]:
        """Return what `BatchEncoder` writes of a response."""
        return self._head()

    def __str__(self) -> str:
        return json.dumps(self, indent=4, cls=BatchEncoder)

    def __repr__(self) -> str:
        return encode_masked(self._for_json())

    def __bytes__(self) -> bytes:
        return str(self).encode("utf-8")


class ActionResponse(PlainResponse):
    """The response to an operation that returns nothing but its success."""

    __slots__ = ()


class CreateResponse(PlainResponse):
    """The response to a creation: the new resource's id."""

    __slots__ = ("Id", "Name")

    def __init__(self, response: Response) -> None:
        super().__init__(response)
        body = response.object()
        #: Id of the new resource; an app's name.
        self.Id: str = body.get("Id") or body.get("Name") or ""
        #: Name of the new app; "" for everything else.
        self.Name: str = body.get("Name") or ""
        if not self.Id:
            raise response.unreadable("the response has neither Id nor Name")

    def _for_json(self) -> dict[str, Any]:
        return {**self._head(), "Id": self.Id, **({"Name": self.Name} if self.Name else {})}


class GetResponse(RawResponse):
    """A resource together with the response that brought it.

    It is an object of the resource's class: attributes, items, comparisons, `dump` and everything
    else work on the resource. Copies of it are responses too.
    """

    __slots__ = ()

    _copies_as_self: ClassVar[bool] = False

    if TYPE_CHECKING:
        _model: ClassVar[type[Jsonizable]]
        _decode: Callable[[Any], Any]

    @classmethod
    def of(cls, response: Response) -> Self:
        """Decode a response into an object of this class.

        Raises:
            JsonError: The body is not a JSON object.
        """
        made: Self = cls._decode(response.object())
        object.__setattr__(made, "_response", response)
        # The collection that the resource is in, as a list of it has it.
        object.__setattr__(made, "_place", response.path.rpartition("/")[0])
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
        return _rebuild, (type(self), resource, self._response)


def _rebuild(cls: type[Any], resource: Jsonizable, response: Response) -> Any:
    made: Any = object.__new__(cls)
    for slot in ("_extra", "_notes", "_origin"):
        object.__setattr__(made, slot, getattr(resource, slot))
    for field in cls._fields.values():
        field.put(made, field.get(resource))
    object.__setattr__(made, "_response", response)
    object.__setattr__(made, "_place", response.path.rpartition("/")[0])
    return made


def read_one_of(
    choose: Callable[[Mapping[str, Any]], str], kinds: Mapping[str, Any]
) -> Callable[[Response], Any]:
    """Return a function that decodes a response into one of several classes.

    Args:
        choose: Tells from the content which kind it is.
        kinds: Kind -> class.
    """
    return lambda response: kinds[choose(response.object())].of(response)
