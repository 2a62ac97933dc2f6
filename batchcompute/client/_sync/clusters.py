# Derived from batchcompute/client/_async. Do not edit: change that one, then run "make generate".

"""Change a cluster by one value; each method is a `modify_cluster`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from batchcompute._generated.api.operations import calls
from batchcompute._http.request import PreparedRequest
from batchcompute._operations.arguments import integer
from batchcompute.exceptions import FieldError

if TYPE_CHECKING:
    from batchcompute._generated.api.operations.arguments import Ref

A = TypeVar("A")


class ClusterChanges(Generic[A]):
    """Methods that change a cluster; whoever inherits them sends the calls and returns an A."""

    if TYPE_CHECKING:

        def _send(self, call: PreparedRequest[Any]) -> Any: ...

    def _modify(self, cluster: Any, changes: Any) -> A:
        found: A = self._send(calls.modify_cluster(cluster, changes))
        return found

    def change_cluster_desired_vm_count(self, /, cluster: Ref, **kwargs: int) -> A:
        """Change how many VMs groups must have (PUT /clusters/{ClusterId}).

        VMs are added and removed afterwards; see `wait_cluster`.

        Args:
            cluster: Id of the cluster; or what has it: a response, a status, a mapping.
            **kwargs: Group name -> number of VMs.

        Returns:
            The status and request id of the response; there is nothing else in it.

        Raises:
            TypeError: A number is not an integer, or the id is missing.
            InvalidParameterError: There is no such group, or a number is out of range.
            NotFoundError: There is no such cluster.
            StateConflictError: The cluster is being deleted.
        """
        changes = {name: {"DesiredVMCount": integer(count, name)} for name, count in kwargs.items()}
        return self._modify(cluster, {"Groups": changes})

    def change_cluster_spot_config(
        self,
        cluster: Ref,
        group_name: str,
        strategy: str | None = "",
        price_limit: float | None = 0.0,
    ) -> A:
        """Change a group's spot settings (PUT /clusters/{ClusterId}).

        Args:
            cluster: Id of the cluster; or what has it: a response, a status, a mapping.
            group_name: Name of the group.
            strategy: `SpotWithPriceLimit` or `SpotAsPriceGo`; empty leaves it.
            price_limit: Highest price per VM and hour, with at most three decimals; 0 or None
                leaves it.

        Returns:
            The status and request id of the response; there is nothing else in it.

        Raises:
            FieldError: There is no group name.
            InvalidParameterError: There is no such group, or a value is not accepted.
            NotFoundError: There is no such cluster.
            StateConflictError: The cluster is being deleted.
            TypeError: An id is missing or blank.
        """
        if not group_name:
            raise FieldError("group_name")
        change: dict[str, Any] = {}
        if strategy:
            change["SpotStrategy"] = strategy
        if price_limit:
            change["SpotPriceLimit"] = float(price_limit)
        return self._modify(cluster, {"Groups": {group_name: change}})
