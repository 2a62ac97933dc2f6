"""A machine of four processors, for tests in which VMs take parts of it."""

from __future__ import annotations

from batchcompute.server.model.resources import (
    InstanceTypes,
    Machine,
    Placement,
    Resources,
)


def placed() -> Placement:
    """Return a placement on a machine with 4 processors, 8 GiB for VMs and two GPUs."""
    machine = Machine(
        Resources.of(4, 8192, {"gpu": 2}), memory_mib=8704, devices={"gpu": ("0", "1")}
    )
    own = {
        "half": Resources.of(2, 1024, {}),
        "small": Resources.of(1, 512, {}),
        "whole": Resources.of(4, 8192, {}),
        "memory": Resources.of(0.5, 6000, {}),
        "gpu": Resources.of(1, 512, {"gpu": 1}),
    }
    return Placement(InstanceTypes(own, machine))
