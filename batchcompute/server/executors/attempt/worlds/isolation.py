"""Which isolation this machine allows, found out by trying."""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from batchcompute.server.executors.attempt.files.mappings import Mappings
from batchcompute.server.executors.attempt.worlds.namespace import Namespace, find_bubblewrap
from batchcompute.server.executors.attempt.worlds.world import Workspace
from batchcompute.server.executors.interface import Attempt
from batchcompute.server.objects import ObjectStore

#: "auto" takes namespaces where they work; the others insist.
Isolation = Literal["auto", "namespace", "process-group"]

_TRIAL_SECONDS = 20
_SUBREAPER_LIMIT = (
    "without namespaces a stop ends a program's tree by searching it; "
    "a process that forks itself away all the time can escape"
)
_PLACES_LIMIT = (
    "without namespaces mappings are files and folders of this machine: attempts with the same "
    "local path run one after the other, and each has copies of its inputs"
)
_NAMESPACES = "programs run in a PID namespace and a file system of their own, by bubblewrap"
_MEMORY_LIMIT = (
    "this bubblewrap cannot limit the files that programs make in memory, as one from 0.6 on can"
)


@dataclass(frozen=True, slots=True)
class Found:
    """The isolation of programs that was found to work here.

    Attributes:
        bubblewrap: Its path, or "" for programs without namespaces.
        notes: One sentence per finding.
        memory_bytes: Bytes that files in memory may take in each place of a program; 0 for what the
            system allows.
    """

    bubblewrap: str
    notes: tuple[str, ...]
    memory_bytes: int = 0


def user_name() -> str:
    """Return the name that programs find in `USER`."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def choose_isolation(
    wanted: Isolation, data_dir: Path, objects: ObjectStore, memory_bytes: int = 0
) -> Found:
    """Try what was asked for.

    Args:
        wanted: See `Isolation`.
        data_dir: Where a trial may leave files for a moment.
        objects: The object store that programs will use.
        memory_bytes: What files in memory may take, where that can be limited; 0 for no limit.

    Returns:
        What to use from now on.

    Raises:
        RuntimeError: Namespaces were insisted on and do not work here; the message says why.
    """
    if wanted == "process-group":
        return _without("programs run without namespaces, as configured")
    bubblewrap = find_bubblewrap()
    if sys.platform != "linux":
        reason = f"namespaces need Linux, and this is {sys.platform}"
    elif bubblewrap is None:
        reason = "bubblewrap (bwrap) is not installed"
    else:
        failure = _try_namespace(bubblewrap, data_dir, objects, memory_bytes)
        if failure is None:
            return Found(bubblewrap, (_NAMESPACES,), memory_bytes)
        if memory_bytes and _try_namespace(bubblewrap, data_dir, objects, 0) is None:
            return Found(bubblewrap, (_NAMESPACES, _MEMORY_LIMIT))
        reason = f"bubblewrap does not work on this machine: {failure}"
    if wanted == "namespace":
        raise RuntimeError(f"programs cannot be run in namespaces: {reason}")
    return _without(f"programs run without namespaces: {reason}")


def _without(first: str) -> Found:
    notes = [first, _SUBREAPER_LIMIT, _PLACES_LIMIT]
    if sys.platform != "linux":
        notes.append(
            "without Linux's subreaper a stop ends the program's process group only; "
            "what left the group lives on"
        )
    return Found("", tuple(notes))


def _try_namespace(
    bubblewrap: str, data_dir: Path, objects: ObjectStore, memory_bytes: int
) -> str | None:
    """Run a real command in a real sandbox; return what went wrong."""
    trials = data_dir / "trials"
    trials.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=trials) as folder:
        workspace = Workspace(folder)
        os.mkdir(workspace.work)
        world = Namespace(bubblewrap, workspace, objects, [data_dir], user_name(), memory_bytes)
        # In a PID namespace of its own the shell has a small number.
        attempt = Attempt("trial", "", "", 'test $$ -lt 10 && echo "$PWD" > trace')
        world.prepare(attempt, Mappings())
        status = os.open(os.devnull, os.O_WRONLY)
        try:
            arguments, environment = world.command(attempt, status)
            done = subprocess.run(
                arguments,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                pass_fds=(status,),
                timeout=_TRIAL_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return str(error)
        finally:
            os.close(status)
        if done.returncode != 0:
            words = done.stderr.decode(errors="replace").strip()
            return words or f"a trial ended with exit code {done.returncode}"
        try:
            seen = Path(workspace.work, "trace").read_text().strip()
        except OSError as error:
            return str(error)
        return None if seen == workspace.work else f"a trial ran in {seen!r}"
