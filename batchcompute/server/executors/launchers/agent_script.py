"""The script that starts an agent on a node of a batch system, or wherever a shell does."""

from __future__ import annotations

import shlex
import zlib
from dataclasses import dataclass
from pathlib import Path

from batchcompute.server.executors.launchers.interface import AgentCommand

#: The part of a walltime by which ends are spread, and how much that is at the most, in seconds:
#: agents that began together do not all end together.
_SPREAD, _MOST_SPREAD = 0.1, 600.0

# The agent is no `exec`, so that its folder goes with it. A signal is handed on, and interrupts
# `wait`. Without a place for its log that this node has, it says what it says to the engine.
_SCRIPT = """\
umask 077
{{ true >>{log}; }} 2>/dev/null && exec >>{log} 2>&1
scratch={scratch}
if ! mkdir -p "$scratch" || ! [ -O "$scratch" ]; then
  echo "$scratch cannot be made, or belongs to somebody else" >&2
  exit 1
fi
{exports}
cd /
{command} --data-dir "$scratch"/{vm} --input-cache-folder "$scratch"/input-cache &
agent=$!
trap 'kill -TERM $agent 2>/dev/null' TERM INT HUP USR1
while :; do
  wait $agent
  code=$?
  kill -0 $agent 2>/dev/null || break
done
rm -rf -- "$scratch"/{vm}
exit $code
"""


@dataclass(frozen=True, slots=True)
class Site:
    """The settings of a pool about its machines.

    Attributes:
        python: The Python that has this package there; "" for the one that runs here.
        scratch: A folder on a local disk of theirs, for the shell; "" for one in `TMPDIR`. What it
            keeps for others is a cache of inputs, within bounds.
        objects: Where agents find the objects, if not where the service does; "" for that.
        walltime_seconds: How long a machine is there; None for as long as it is wanted.
    """

    python: str = ""
    scratch: str = ""
    objects: str = ""
    walltime_seconds: float | None = None


def agent_arguments(vm_id: str, command: AgentCommand, site: Site) -> list[str]:
    """Return the arguments of a VM's agent, as a pool's machines need them."""
    arguments = list(command.arguments)
    if site.python:
        arguments[0] = site.python
    if site.objects:
        arguments += ["--objects", site.objects]
    if site.walltime_seconds is not None:
        arguments += ["--walltime", f"{staggered(vm_id, site.walltime_seconds):g}"]
    return arguments


def agent_script(vm_id: str, command: AgentCommand, site: Site, log: Path) -> str:
    """Return a script for any POSIX shell.

    Args:
        vm_id: The VM.
        command: How to start its agent.
        site: What is to be known about the machines.
        log: Where its last words are looked for.
    """
    variables = sorted(command.environment.items())
    exports = [f"export {name}={shlex.quote(value)}" for name, value in variables]
    scratch = site.scratch or "${TMPDIR:-/tmp}"
    return _SCRIPT.format(
        log=shlex.quote(str(log)),
        scratch=f'"{scratch}/batchcompute-$(id -u)"',
        exports="\n".join(exports),
        command=" ".join(map(shlex.quote, agent_arguments(vm_id, command, site))),
        vm=vm_id,
    )


def staggered(vm_id: str, walltime_seconds: float) -> float:
    """Return how long an agent stays: all of its walltime, or up to a tenth less, by its VM."""
    spread = min(_SPREAD * walltime_seconds, _MOST_SPREAD)
    return round(walltime_seconds - spread * zlib.crc32(vm_id.encode()) / 2**32)
