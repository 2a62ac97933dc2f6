"""From a request's method and path to an operation."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from batchcompute.server.api.contract.document import Operation
from batchcompute.server.model.errors import ApiError


@dataclass(frozen=True, slots=True)
class Match:
    """An operation and what the path says about it.

    Attributes:
        operation: The operation.
        path: Names and values of the path's parameters.
    """

    operation: Operation
    path: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Route:
    segments: tuple[str, ...]
    operations: tuple[Operation, ...]


class Router:
    """The route table of a contract."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        """Build the table; operations with a marker are preferred where it is present."""
        # By number of segments and the first one, which is no parameter in any template.
        self._routes: dict[tuple[int, str], list[_Route]] = {}
        by_template: dict[str, list[Operation]] = {}
        for operation in operations:
            by_template.setdefault(operation.template, []).append(operation)
        for template, alternatives in by_template.items():
            segments = tuple(template.strip("/").split("/"))
            alternatives.sort(key=lambda operation: not operation.marker)
            self._routes.setdefault((len(segments), segments[0]), []).append(
                _Route(segments, tuple(alternatives))
            )

    def match(self, method: str, path: str, query: Collection[str]) -> Match:
        """Find the operation that a request means.

        Args:
            method: HTTP method.
            path: Path as received, percent-encoded.
            query: Names of the query parameters that are present.

        Raises:
            ApiError: The path is unknown, or the method is not served on it.
        """
        if "%00" in path:
            raise _unknown_path()
        segments = path.removeprefix("/").split("/")
        known = False
        for route in self._routes.get((len(segments), segments[0]), ()):
            parameters = _fit(route.segments, segments)
            if parameters is None:
                continue
            known = True
            for operation in route.operations:
                if operation.method == method and (
                    not operation.marker or operation.marker in query
                ):
                    return Match(operation, parameters)
        if known:
            text = "The request http method is not supported for this resource."
            raise ApiError(400, "MethodNotAllowed", text)
        raise _unknown_path()


def _unknown_path() -> ApiError:
    text = "Specified url pattern contains some illegal words."
    return ApiError(400, "InvalidUrlPattern", text)


def _fit(template: tuple[str, ...], segments: list[str]) -> dict[str, str] | None:
    parameters: dict[str, str] = {}
    for pattern, segment in zip(template, segments, strict=True):
        if pattern.startswith("{"):
            parameters[pattern[1:-1]] = unquote(segment) if "%" in segment else segment
        elif pattern != segment:
            return None
    return parameters
