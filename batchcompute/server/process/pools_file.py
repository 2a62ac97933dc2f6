"""Pools in the configuration file: which groups of clusters run where, and on what.

[pools.cpu]                    # pools are tried in this order
kind = "parsl"
provider = "slurm"
groups = ["cpu*"]
walltime = "24:00:00"
options = { partition = "batch" }

[types."ecs.sn1ne.large"]
processors = 2
memory = "4 GiB"
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, TypeVar, cast

from batchcompute.server.executors.launchers.agent_script import Site
from batchcompute.server.executors.launchers.interface import Launcher, LaunchError, VMSpec
from batchcompute.server.executors.network.pools import Pools
from batchcompute.server.model.resources import VENDOR_TYPES
from batchcompute.server.process.config_file import ConfigError, ConfigFile, hint
from batchcompute.server.process.types_file import own_types

#: The table that is read here.
POOLS = "pools"

_SELECTORS = ("clusters", "groups", "types")
_COMMON = ("kind", *_SELECTORS, "most-vms")
#: The kind of a pool that is this machine itself.
EMBEDDED = "embedded"
_PLACE = ("objects", "observe-seconds", "options", "python", "walltime")
#: Kind -> its settings.
_KINDS: Mapping[str, tuple[str, ...]] = {
    EMBEDDED: ("kind", *_SELECTORS),
    "local": _COMMON,
    "external": _COMMON,
    "parsl": (*_COMMON, *_PLACE, "folder", "provider", "scratch"),
    "dask": (*_COMMON, *_PLACE, "scratch"),
    "kubernetes": (*_COMMON, *_PLACE),
}
_NAME = re.compile(r"[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?")
_WALLTIME = re.compile(r"(?:(\d+)-)?(\d+):([0-5]\d):([0-5]\d)")
_DEFAULT_WALLTIME = "24:00:00"
#: An agent needs that long to end and to say so.
_SHORTEST_WALLTIME = 120.0
_MOST_DIGITS = 6
_MOST_VMS = 1000

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Pool:
    """A pool, as the file has it.

    Attributes:
        name: Its name.
        selectors: Patterns of clusters (names or ids), groups and instance types.
        most_vms: VMs of it that there are at once, at the most; None for no limit.
    """

    name: str
    selectors: tuple[Sequence[str], Sequence[str], Sequence[str]]
    most_vms: int | None

    def takes(self, spec: VMSpec) -> bool:
        """Return whether VMs of a group come from here."""
        clusters, groups, types = self.selectors
        return (
            _matches(clusters, spec.cluster_id, spec.cluster_name)
            and _matches(groups, spec.group)
            and _matches(types, spec.instance_type)
        )


def has_pools(config: ConfigFile | None) -> bool:
    """Return whether a configuration file has pools."""
    return config is not None and bool(config.tables.get(POOLS))


def has_embedded_pool(config: ConfigFile | None) -> bool:
    """Return whether one of the pools of a configuration file is this machine itself."""
    return config is not None and any(kind == EMBEDDED for kind in _kinds(config))


def has_agents(config: ConfigFile | None) -> bool:
    """Return whether agents come from one of the pools of a configuration file."""
    return config is not None and any(kind != EMBEDDED for kind in _kinds(config))


def _kinds(config: ConfigFile) -> Iterator[object]:
    tables: object = config.tables.get(POOLS)
    if not isinstance(tables, dict):
        return
    for table in cast("dict[str, object]", tables).values():
        yield cast("dict[str, object]", table).get("kind") if isinstance(table, dict) else None


def load_pools(config: ConfigFile, folder: Path) -> Pools:
    """Read the pools of a configuration file; no engine is asked anything.

    Args:
        config: The file, which has some.
        folder: For what launchers keep.

    Raises:
        ConfigError: There is a mistake; it names the line.
    """
    pools: list[_Pool] = []
    launchers: dict[str, Launcher] = {}
    for name in config.tables[POOLS]:
        table = _table(config, POOLS, name)
        if not _NAME.fullmatch(name):
            raise config.mistake(
                [POOLS, name], "a pool's name is of lower-case letters, digits, - and _"
            )
        kind = _kind(config, name, table)
        if kind == EMBEDDED and "most-vms" in table:
            raise config.mistake(
                [POOLS, name, "most-vms"],
                "VMs of this machine are not limited, only their programs: see slots in [service]",
            )
        _refuse_unknown(config, [POOLS, name], table, _KINDS[kind])
        selectors = cast("Any", tuple(_patterns(config, name, table, key) for key in _SELECTORS))
        if kind == EMBEDDED:
            pools.append(_Pool(name, selectors, None))
            continue
        launcher = launchers[name] = _launcher(config, name, kind, table, folder)
        if "observe-seconds" in table:
            launcher.observe_seconds = float(
                _number(config, [POOLS, name, "observe-seconds"], table, 0, 1)
            )
        most_vms = _number(config, [POOLS, name, "most-vms"], table, _MOST_VMS, 1)
        pools.append(_Pool(name, selectors, most_vms))
    types = own_types(config)
    if not any(_takes_all(pool) for pool in pools):
        raise config.mistake(
            [POOLS, pools[-1].name],
            "there has to be a pool for all other groups, without clusters, groups and types",
        )

    def pool_of(spec: VMSpec) -> str:
        return next(pool.name for pool in pools if pool.takes(spec))

    def resources(spec: VMSpec) -> VMSpec:
        named = types.get(spec.instance_type) or VENDOR_TYPES.get(spec.instance_type)
        if named is None:
            return spec
        processors = named.processors
        return replace(
            spec,
            processors=None if processors is None else math.ceil(processors),
            memory_mib=named.memory_mib,
            gpus=named.gpus,
        )

    return Pools(
        launchers,
        pool_of,
        most_vms=sum(pool.most_vms or 0 for pool in pools),
        limits={pool.name: pool.most_vms for pool in pools if pool.most_vms is not None},
        notes=tuple(f"pool {_name(pool)} takes {_describe(pool)}" for pool in pools),
        resources=resources,
        embedded=frozenset(pool.name for pool in pools if pool.most_vms is None),
    )


def check_pools(
    config: ConfigFile, folder: Path, say: Callable[[str], None], only: Collection[str] = ()
) -> bool:
    """Have the engines say whether they would take agents; start none.

    Args:
        config: The file.
        folder: For what launchers keep.
        say: Told what was found.
        only: Names of pools; all if there are none.

    Returns:
        Whether all of them would.

    Raises:
        ConfigError: There is a mistake in the file, or no such pool.
    """
    if not has_pools(config):
        raise ConfigError(config.path, 0, "it has no pools: write [pools.NAME]")
    pools = load_pools(config, folder)
    launchers = pools.launchers
    known = {*launchers, *pools.embedded}
    for name in only:
        if name not in known:
            raise ConfigError(config.path, 0, f"there is no pool {name}{hint(name, known)}")
    good = True
    for name in sorted(pools.embedded):
        if not only or name in only:
            good = _check_this_machine(name, folder, say) and good
    for name, launcher in launchers.items():
        if only and name not in only:
            continue
        try:
            for finding in launcher.check():
                say(f"pool {name}: {finding}")
        except LaunchError as error:
            good = False
            say(f"pool {name}: error: {error}")
        finally:
            launcher.close()
    return good


def _check_this_machine(name: str, folder: Path, say: Callable[[str], None]) -> bool:
    """Say what programs can do that this machine runs without agents; return whether they can."""
    from batchcompute.server.executors.embedded.executor import EmbeddedExecutor
    from batchcompute.server.objects import open_store

    executor = EmbeddedExecutor(folder / "embedded", open_store(folder / "objects"))
    try:
        found = executor.probe()
    except RuntimeError as error:
        say(f"pool {name}: error: programs cannot be run here: {error}")
        return False
    finally:
        executor.close(stop_attempts=False)
    for finding in ("programs run on this machine, without agents", *found.notes):
        say(f"pool {name}: {finding}")
    return True


def _launcher(
    config: ConfigFile, name: str, kind: str, table: Mapping[str, Any], folder: Path
) -> Launcher:
    # Loaded when they are needed, as most services do without.
    if kind == "local":
        from batchcompute.server.executors.launchers.local import LocalLauncher

        return LocalLauncher(folder / "vms")
    if kind == "external":
        from batchcompute.server.executors.launchers.external import ExternalLauncher

        return ExternalLauncher()
    if kind == "parsl":
        return _batch_system(config, name, table, folder)
    options = cast("Mapping[str, Any]", table.get("options", {}))
    where = [POOLS, name, "options"]
    if not isinstance(options, dict):
        raise config.mistake(where, "it is a table")
    if kind == "dask":
        from batchcompute.server.executors.launchers.dask import DaskLauncher, DaskOptions

        dask = _options(config, where, options, DaskOptions)
        if not (dask.address or dask.scheduler_file):
            raise config.mistake(where, "it needs address or scheduler_file")
        return DaskLauncher(dask, _site(config, name, table, walltime=""))
    from batchcompute.server.executors.launchers.kubernetes import (
        KubernetesLauncher,
        KubernetesOptions,
    )

    if "image" not in options:
        raise config.mistake(where, "it needs image")
    kubernetes = _options(config, where, options, KubernetesOptions)
    site = _site(config, name, table, walltime="")
    return KubernetesLauncher(name, kubernetes, replace(site, python=site.python or "python3"))


def _batch_system(
    config: ConfigFile, name: str, table: Mapping[str, Any], folder: Path
) -> Launcher:
    from batchcompute.server.executors.launchers.batch_systems.launcher import BatchSystemLauncher
    from batchcompute.server.executors.launchers.batch_systems.provider import (
        PROVIDERS,
        option_mistake,
    )
    from batchcompute.server.executors.launchers.extras import MissingExtraError

    provider = _string(config, [POOLS, name, "provider"], table, "")
    if provider not in PROVIDERS:
        what = "it has no provider" if not provider else f"there is no provider {provider!r}"
        raise config.mistake([POOLS, name, "provider"], what + hint(provider, PROVIDERS))
    options = cast("Mapping[str, Any]", table.get("options", {}))
    where = [POOLS, name, "options"]
    if not isinstance(options, dict):
        raise config.mistake(where, "it is a table")
    for option in options:
        try:
            mistake = option_mistake(provider, options, option)
        except MissingExtraError as error:
            raise config.mistake([POOLS, name], str(error)) from error
        if mistake:
            raise config.mistake([*where, option], mistake)
    given = _string(config, [POOLS, name, "folder"], table, "")
    site = _site(config, name, table, walltime=_DEFAULT_WALLTIME)
    return BatchSystemLauncher(provider, options, Path(given or folder / name), site)


def _site(config: ConfigFile, name: str, table: Mapping[str, Any], *, walltime: str) -> Site:
    where = [POOLS, name]
    text = _string(config, [*where, "walltime"], table, walltime)
    seconds: float | None = None
    if text:
        found = _WALLTIME.fullmatch(text)
        if found is None:
            raise config.mistake([*where, "walltime"], 'it is like "HH:MM:SS" or "D-HH:MM:SS"')
        if any(len(each or "") > _MOST_DIGITS for each in found.groups()):
            raise config.mistake([*where, "walltime"], "it is too long: leave it out for no limit")
        days, hours, minutes, rest = (int(each or 0) for each in found.groups())
        seconds = float(((days * 24 + hours) * 60 + minutes) * 60 + rest)
        if seconds < _SHORTEST_WALLTIME:
            raise config.mistake(
                [*where, "walltime"], "it is two minutes at least: an agent needs time to end"
            )
    return Site(
        python=_string(config, [*where, "python"], table, ""),
        scratch=_string(config, [*where, "scratch"], table, ""),
        objects=_string(config, [*where, "objects"], table, ""),
        walltime_seconds=seconds,
    )


def _options(
    config: ConfigFile, where: Sequence[str], options: Mapping[str, Any], cls: type[T]
) -> T:
    """Return the options of a launcher, whose class says what there is and of what type."""
    known = {each.name: each for each in fields(cast("Any", cls))}
    _refuse_unknown(config, where, options, tuple(known))
    values: dict[str, Any] = {}
    for key, value in options.items():
        kind = str(known[key].type)
        expected = str if kind == "str" else list if kind.startswith("tuple") else dict
        if not isinstance(value, expected):
            words = {str: "a string", list: "a list of strings", dict: "a table"}
            raise config.mistake([*where, key], f"it is {words[expected]}")
        values[key] = tuple(cast("list[Any]", value)) if expected is list else value
    return cls(**values)


def _kind(config: ConfigFile, name: str, table: Mapping[str, Any]) -> str:
    kind = _string(config, [POOLS, name, "kind"], table, "")
    if kind not in _KINDS:
        what = "it has no kind" if not kind else f"there is no kind {kind!r}"
        raise config.mistake([POOLS, name, "kind"], what + hint(kind, _KINDS))
    return kind


def _table(config: ConfigFile, *path: str) -> Mapping[str, Any]:
    found: Any = config.tables
    for name in path:
        found = found[name]
    if not isinstance(found, dict):
        raise config.mistake(path, f"it is a table: write [{'.'.join(path[:-1])}.NAME]")
    return cast("Mapping[str, Any]", found)


def _refuse_unknown(
    config: ConfigFile, where: Sequence[str], table: Mapping[str, Any], known: Collection[str]
) -> None:
    for key in table:
        if key not in known:
            raise config.mistake([*where, key], f"there is no such setting{hint(key, known)}")


def _string(config: ConfigFile, path: Sequence[str], table: Mapping[str, Any], default: str) -> str:
    value = table.get(path[-1], default)
    if not isinstance(value, str):
        raise config.mistake(path, "it is a string")
    return value


def _number(
    config: ConfigFile, path: Sequence[str], table: Mapping[str, Any], default: int, least: int
) -> int:
    value = table.get(path[-1], default)
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise config.mistake(path, f"it is a whole number from {least} on")
    return value


def _patterns(config: ConfigFile, name: str, table: Mapping[str, Any], key: str) -> Sequence[str]:
    value = table.get(key, ["*"])
    patterns = cast("list[object]", value) if isinstance(value, list) else []
    if not patterns or not all(isinstance(each, str) for each in patterns):
        raise config.mistake([POOLS, name, key], 'it is a list of patterns, like ["gpu-*"]')
    return cast("list[str]", patterns)


def _matches(patterns: Sequence[str], *names: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns for name in names)


def _takes_all(pool: _Pool) -> bool:
    return all("*" in patterns for patterns in pool.selectors)


def _name(pool: _Pool) -> str:
    return f"{pool.name} (this machine)" if pool.most_vms is None else pool.name


def _describe(pool: _Pool) -> str:
    words = [
        f"{key} {', '.join(patterns)}"
        for key, patterns in zip(_SELECTORS, pool.selectors, strict=True)
        if list(patterns) != ["*"]
    ]
    return "; ".join(words) or "every group that none before it takes"
