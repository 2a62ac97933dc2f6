"""Request the pages of each kind of resource for `easy_list`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from batchcompute._http.request import PreparedRequest


class ListKind:
    """A kind of resource that can be listed.

    Args:
        call: Returns the call that gets a page.
        needs: Names of the arguments that must be given: what the resources belong to.
        takes: Names of the arguments that may be given behind them.
        filters: Property of a resource -> name of the argument by which the service filters, and
            the values that it knows; none if it takes any.
        marker: Name of the argument that says where the page begins.
        size: Name of the argument that says how long it is.
    """

    def __init__(
        self,
        call: Callable[..., PreparedRequest[Any]],
        needs: tuple[str, ...],
        takes: tuple[str, ...],
        filters: Mapping[str, tuple[str, tuple[str, ...]]],
        marker: str,
        size: str,
    ) -> None:
        self.call = call
        self.needs = needs
        self.takes = takes
        self._filters = filters
        self._marker = marker
        self._size = size

    def served(self, filters: Mapping[str, Any]) -> dict[str, str]:
        """Return those of some filters that the service can apply.

        Args:
            filters: Property of a resource -> what is wanted.
        """
        served: dict[str, str] = {}
        for name in filters.keys() & self._filters.keys():
            wanted, known = filters[name], self._filters[name][1]
            if isinstance(wanted, str) and wanted and (not known or wanted in known):
                served[name] = wanted
        return served

    def page(
        self, marker: str, size: int, info: tuple[Any, ...], filters: Mapping[str, str]
    ) -> PreparedRequest[Any]:
        """Return the call that gets a page.

        Args:
            marker: Where it begins; "" for the first.
            size: Items that it has at the most.
            info: Values of `needs` and of some of `takes`.
            filters: Those that the service applies; see `served`.
        """
        named = dict(zip(self.needs + self.takes, info, strict=False))
        named |= {self._filters[name][0]: wanted for name, wanted in filters.items()}
        return self.call(**named, **{self._marker: marker, self._size: size})
