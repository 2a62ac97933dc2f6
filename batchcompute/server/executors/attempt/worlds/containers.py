"""Surroundings made by a container engine: the program sees the files of its image.

Its command line is all that is used, docker's or podman's. A container may not be a child of ours,
so it is ended by its name, by whoever finds that its attempt is over: the shim, or the server if
the shim was killed. That a container was meant to be is written down before it is.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

from batchcompute.server.executors.attempt.caps.caps import Caps
from batchcompute.server.executors.attempt.files.mappings import Mappings
from batchcompute.server.executors.attempt.images.commands import call, last_words
from batchcompute.server.executors.attempt.images.engine import (
    get_pulled,
    get_stored,
    image_failure,
)
from batchcompute.server.executors.attempt.worlds.enclosed import Enclosed
from batchcompute.server.executors.attempt.worlds.world import Workspace
from batchcompute.server.executors.interface import Attempt
from batchcompute.server.model.environment import DEFAULT_PATH
from batchcompute.server.objects import ObjectStore

_ENGINES = ("docker", "podman")
# A machine that stands still for some seconds has its engine all the same.
_FIND_SECONDS = 20.0
_ASK_SECONDS = 10.0
_END_SECONDS = 20.0
_PAUSE_SECONDS = 0.1
#: In the attempt's folder: the engine and the name of its container.
_NOTE = "container"
#: In the attempt's folder: the id of the container, once there is one.
_ID = "container.id"


def find_engine() -> tuple[str, str]:
    """Look for a container engine that answers.

    Returns:
        Its path, or "", and a sentence about what was found.
    """
    refusals: list[str] = []
    for name in _ENGINES:
        path = shutil.which(name)
        if path is None:
            continue
        try:
            done = call([path, "ps", "--quiet"], _FIND_SECONDS)
        except (OSError, subprocess.TimeoutExpired) as error:
            refusals.append(f"{name}: {error}")
            continue
        if done.returncode == 0:
            return path, f"programs that ask for a container run by {name}"
        refusals.append(f"{name}: {last_words(done)}")
    reason = "; ".join(refusals) or "neither docker nor podman is installed"
    return "", f"programs that ask for a container are refused: {reason}"


def has_left_container(folder: Path) -> bool:
    """Say whether an attempt whose shim is gone may have a container."""
    return (folder / _NOTE).exists()


def end_left_container(folder: Path) -> None:
    """End the container of an attempt whose shim is gone, if it had one.

    Args:
        folder: The attempt's folder.

    Raises:
        OSError: It cannot be ended now.
    """
    try:
        engine, name = (folder / _NOTE).read_text(encoding="utf-8").splitlines()
    except (FileNotFoundError, ValueError):
        return  # There was none, or the shim was killed before it could start one.
    if not _end(engine, name):
        raise OSError(f"the container {name} cannot be ended")


class Container(Enclosed):
    """The world of one program in a container."""

    reports_status = False
    keeps_stderr = True
    spares_process = True

    def __init__(
        self,
        engine: str,
        workspace: Workspace,
        objects: ObjectStore,
        name: str,
        lock: Path,
        caps: Caps,
    ) -> None:
        """Plan a world; nothing is made yet.

        Args:
            engine: Path of docker or podman.
            workspace: The attempt's folders.
            objects: Where inputs come from, and images.
            name: Name of the container, used for no other.
            lock: A file by which attempts wait for another that loads their image.
            caps: What the program may have.
        """
        super().__init__(workspace, objects)
        self._objects = objects
        self._engine = engine
        # As the caller calls it, and as the engine does.
        self._subject = self._image = ""
        self._name = name
        self._lock = lock
        self._is_meant = False
        self._caps = caps
        self.killed_for_memory = False

    def prepare(self, attempt: Attempt, mappings: Mappings) -> None:
        """Make the folders, and have the image fetched if it is not on this machine."""
        super().prepare(attempt, mappings)
        self._subject = attempt.container
        for source, place, _ in self._binds():
            if ":" in source + place:
                raise image_failure(
                    self._subject, f"no path with a colon can be shown in a container: {place}"
                )
        if attempt.registry:
            archive = self._workspace.scratch / "image.tar"
            self._image = get_stored(self._engine, attempt, self._objects, archive, self._lock)
        else:
            self._image = get_pulled(self._engine, attempt.container)

    def command(self, attempt: Attempt, status_fd: int) -> tuple[list[str], dict[str, str]]:
        """Return the engine's command line around the program's, and the engine's environment."""
        folder = self._workspace.folder
        (folder / _NOTE).write_text(f"{self._engine}\n{self._name}\n", encoding="utf-8")
        self._is_meant = True
        # How one with limits ended is asked before it is removed.
        limits = self._limits(attempt) or ["--rm"]
        arguments = [self._engine, "run", *limits, "--name", self._name]
        arguments += ["--cidfile", str(folder / _ID), "--network", "host"]
        arguments += ["--workdir", self._workspace.work, "--entrypoint", "/bin/sh"]
        if os.path.basename(self._engine) == "docker" and os.getuid() != 0:
            # What it writes has to be ours. Podman runs as its user anyway.
            arguments += ["--user", f"{os.getuid()}:{os.getgid()}"]
        for source, place, mode in self._binds():
            arguments += ["--volume", f"{source}:{place}:{mode}"]
        if attempt.registry:
            # No other registry has an image of the name that we gave it.
            arguments += ["--pull", "never"]
        for name, value in attempt.environment.items():
            # The image knows best where its programs are.
            if (name, value) != ("PATH", DEFAULT_PATH):
                arguments += ["--env", f"{name}={value}"]
        arguments += [self._image, "-c", attempt.command_line]
        return arguments, dict(os.environ)

    def end_rest(self) -> bool:
        """End the container, which may live on without the engine's command."""
        if not self._is_meant:
            return True
        if self._limits_memory:
            self.killed_for_memory = self._was_killed_for_memory()
        return _end(self._engine, self._name)

    def check_end(self, exit_code: int, status: int) -> None:
        """Tell a program that failed from a container that could not be made."""
        if not (self._workspace.folder / _ID).exists():
            words = self._workspace.last_words()
            raise image_failure(self._subject, f"the container cannot be made: {words}")

    @property
    def _limits_memory(self) -> bool:
        rules = self._caps.rules
        return rules is not None and rules.containers and self._caps.memory_bytes > 0

    def _limits(self, attempt: Attempt) -> list[str]:
        """Return the options that limit the container."""
        rules = self._caps.rules
        if rules is None or not self._limits_memory:
            return []
        memory = str(self._caps.memory_bytes)
        found = ["--memory", memory, "--memory-swap", memory, "--cpus", f"{attempt.processors:g}"]
        if rules.processes:
            found += ["--pids-limit", str(rules.processes)]
        if self._caps.cpus:
            found += ["--cpuset-cpus", ",".join(map(str, self._caps.cpus))]
        gpus = self._caps.devices.get("gpu", ())
        if gpus and os.path.basename(self._engine) == "docker":
            found += ["--gpus", f'"device={",".join(gpus)}"']
        elif gpus:
            found += [f"--device=nvidia.com/gpu={name}" for name in gpus]
        return found

    def _was_killed_for_memory(self) -> bool:
        asked = [self._engine, "inspect", "--format", "{{.State.OOMKilled}}", self._name]
        try:
            done = call(asked, _ASK_SECONDS)
        except (OSError, subprocess.TimeoutExpired):
            return False
        return done.returncode == 0 and done.stdout.strip() == "true"

    def _binds(self) -> list[tuple[str, str, str]]:
        """Return what the program sees of this machine, as (path here, path there, mode)."""
        root, work = self._workspace.root, self._workspace.work
        found = [(f"{root}{folder}", folder, "rw") for folder in self._collected_folders()]
        found.append((work, work, "rw"))
        for bind in self._layers.binds:
            found.append((str(bind.source), bind.place, "rw" if bind.is_writable else "ro"))
        return found


def _end(engine: str, name: str) -> bool:
    """Remove a container with all that runs in it; return False if it is still there."""
    deadline = time.monotonic() + _END_SECONDS
    while True:
        try:
            # Podman's rm would first ask the program to end, and wait.
            call([engine, "kill", name], _ASK_SECONDS)
            if call([engine, "rm", "--force", name], _ASK_SECONDS).returncode == 0:
                return True
            # Perhaps there is none, or its removal is under way.
            found = call(
                [engine, "ps", "--all", "--quiet", "--filter", f"name=^{name}$"], _ASK_SECONDS
            )
            if found.returncode == 0 and not found.stdout.strip():
                return True
        except (OSError, subprocess.TimeoutExpired):
            pass  # An engine that is being started again answers later.
        if time.monotonic() >= deadline:
            return False
        time.sleep(_PAUSE_SECONDS)
