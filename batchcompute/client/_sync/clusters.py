# Derived from batchcompute/client/_async. Do not edit: change that one, then run "make generate".

"""Changes of a cluster that programs ask for by one value; each is a `modify_cluster`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

from batchcompute_api import models
from batchcompute_api.operations import calls

from batchcompute._http.request import Call
from batchcompute._operations.arguments import integer
from batchcompute.exceptions import FieldError

if TYPE_CHECKING:
    from batchcompute_api.operations.arguments import Ref

A = TypeVar("A")


class ClusterChanges(Generic[A]):
    """Methods that change a cluster; whoever inherits them sends the calls and returns an A."""

    if TYPE_CHECKING:

        def _send(self, call: Call[Any]) -> Any: ...

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

    def change_cluster_user_data(self, cluster: Ref, data: Mapping[str, Any] | None = None) -> A:
        """Replace a cluster's user data (PUT /clusters/{ClusterId}).

        New VMs get it; running ones keep what they have.

        Args:
            cluster: Id of the cluster; or what has it: a response, a status, a mapping.
            data: Names and strings that programs on the VMs can read: the whole map. None, like an
                empty one, empties it.

        Returns:
            The status and request id of the response; there is nothing else in it.

        Raises:
            TypeError: The data is not a mapping, or the id is missing.
            InvalidParameterError: A value is not accepted.
            NotFoundError: There is no such cluster.
            StateConflictError: The cluster is being deleted.
        """
        return self._modify(cluster, _replacing("UserData", data))

    def change_cluster_env_vars(self, cluster: Ref, data: Mapping[str, Any] | None = None) -> A:
        """Replace a cluster's environment variables (PUT /clusters/{ClusterId}).

        New VMs get it; running ones keep what they have.

        Args:
            cluster: Id of the cluster; or what has it: a response, a status, a mapping.
            data: Names and values of the variables: the whole map. None, like an empty one, empties
                it.

        Returns:
            The status and request id of the response; there is nothing else in it.

        Raises:
            TypeError: The data is not a mapping, or the id is missing.
            InvalidParameterError: A value is not accepted.
            NotFoundError: There is no such cluster.
            StateConflictError: The cluster is being deleted.
        """
        return self._modify(cluster, _replacing("EnvVars", data))

    def change_cluster_input_mapping(
        self, cluster: Ref, data: Mapping[str, Any] | None = None
    ) -> A:
        """Replace a cluster's input mapping (PUT /clusters/{ClusterId}).

        New VMs get it; running ones keep what they have.

        Args:
            cluster: Id of the cluster; or what has it: a response, a status, a mapping.
            data: Addresses in the object store (`oss://…`) -> directories on the VMs: the whole
                map. None, like an empty one, empties it.

        Returns:
            The status and request id of the response; there is nothing else in it.

        Raises:
            TypeError: The data is not a mapping, or the id is missing.
            InvalidParameterError: A value is not accepted.
            NotFoundError: There is no such cluster.
            StateConflictError: The cluster is being deleted.
        """
        return self._modify(cluster, _replacing("InputMapping", data))


def _replacing(
    field: Literal["UserData", "EnvVars", "InputMapping"], data: Any
) -> models.ModifyClusterDescription:
    """Return the change that replaces one of a cluster's maps; None empties it."""
    if data is not None and not isinstance(data, Mapping):
        raise TypeError(f"data must be a dict, not {type(data).__name__}")
    # Only the one map goes out: an empty Groups beside it would be a change of its own.
    change = models.ModifyClusterDescription({field: data or {}})
    del change["Groups"]
    return change
