"""Container engines for tests: a made-up docker that really runs commands, and a private podman."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import socketserver
import subprocess
import sys
import tarfile
import tempfile
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.processes import processes_with

_CONTAINER = "MADE_UP_CONTAINER"
_CLIENT = """#!{python} -IS
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as connection:
    connection.connect({address!r})
    connection.sendall(json.dumps([*sys.argv[1:]]).encode() + b"\\n")
    answer = json.loads(connection.makefile().read())
sys.stdout.write(answer["out"])
sys.stderr.write(answer["err"])
sys.exit(answer["code"])
"""


@dataclass
class Docker:
    """What stands behind the command `docker`: like the real one, no child of whoever calls it.

    Containers see the files of this machine, at its own paths.

    Attributes:
        images: What is on this machine.
        registry: What can be pulled.
        loading: Called with each archive that is loaded.
        full: Whether there is no space for an image.
        limits: Whether it can limit containers; one with limits stays until it is removed.
        killed_for_memory: Whether it says so of containers that have ended.
        calls: The arguments of every call.
        answers: Cleared, it hangs and answers nobody.
    """

    images: set[str] = field(default_factory=set)
    registry: set[str] = field(default_factory=set)
    loading: Callable[[tarfile.TarFile], object] = tarfile.TarFile.getnames
    full: bool = False
    limits: bool = False
    killed_for_memory: bool = False
    calls: list[list[str]] = field(default_factory=list)
    answers: threading.Event = field(default_factory=threading.Event)
    _running: dict[str, subprocess.Popen[str]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    # Containers of other tests that run now have the same names.
    _mark: str = field(default_factory=lambda: uuid.uuid4().hex)

    def runs(self) -> list[list[str]]:
        """Return the calls that ran a container."""
        return [call for call in self.calls if call[0] == "run"]

    def answer(self, arguments: list[str], is_alive: Callable[[], bool]) -> dict[str, Any]:
        """Carry out one call.

        Args:
            arguments: What it was called with.
            is_alive: Tells whether who called is still there.
        """
        self.calls.append(arguments)
        self.answers.wait()
        verb = arguments[0]
        if verb == "info":
            return _answer(0, out=f"{str(self.limits).lower()}\n")
        if verb == "inspect":
            return _answer(0, out=f"{str(self.killed_for_memory).lower()}\n")
        if verb == "image":
            return _answer(0 if arguments[2] in self.images else 1)
        if verb == "pull":
            if arguments[-1] not in self.registry:
                return _answer(1, err="first line\nno such image: " + arguments[-1])
            self.images.add(arguments[-1])
            return _answer(0)
        if verb == "load":
            return self._load(arguments[-1])
        if verb == "kill":
            # Left to rm, as if it had failed.
            return _answer(1)
        if verb == "rm":
            return self._remove(arguments[-1])
        if verb == "ps":
            with self._lock:
                names = [
                    name
                    for name in self._running
                    if "--filter" not in arguments or f"name=^{name}$" in arguments
                ]
            return _answer(0, out="\n".join(names))
        return self._run(arguments[1:], is_alive)

    def _load(self, archive: str) -> dict[str, Any]:
        if self.full:
            return _answer(1, err="no space left on device")
        with tarfile.open(archive) as tar:
            self.loading(tar)
            index = tar.extractfile("manifest.json")
            assert index is not None
            for image in json.load(index):
                if not {image["Config"], *image["Layers"]} <= set(tar.getnames()):
                    return _answer(1, err="a part is missing")
                self.images.update(image["RepoTags"])
        return _answer(0)

    def _run(self, arguments: list[str], is_alive: Callable[[], bool]) -> dict[str, Any]:
        options: dict[str, list[str]] = {}
        rest = iter(arguments)
        for word in rest:
            if not word.startswith("--"):
                break
            if word != "--rm":
                options.setdefault(word, []).append(next(rest))
        command = list(rest)
        if word == "broken":
            return _answer(125, err="docker: it is broken")
        (name,), (identity,) = options["--name"], options["--cidfile"]
        with self._lock:
            # The real one starts a container when its client asks for that, which one that was
            # killed does not; and whoever removes it comes before or after, never in between.
            if not is_alive():
                return _answer(137)
            Path(identity).write_text("1", encoding="ascii")
            process = self._running[name] = subprocess.Popen(
                [*options["--entrypoint"], *command],
                env={
                    "PATH": os.environ["PATH"],
                    **_pairs(options.get("--env", [])),
                    _CONTAINER: f"{self._mark} {name}",
                },
                cwd=options["--workdir"][0],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
        out, err = process.communicate()
        self._remove(name)
        code = process.returncode
        return _answer(code if code >= 0 else 128 - code, out, err)

    def _remove(self, name: str) -> dict[str, Any]:
        with self._lock:
            process = self._running.pop(name, None)
        if process is None:
            return _answer(1, err=f"no such container: {name}")
        # All of a container ends with it, also what has left its session.
        while found := processes_with(f"{_CONTAINER}={self._mark} {name}"):
            for each in found:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(each, signal.SIGKILL)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.01)
        return _answer(0)


def _answer(code: int, out: str = "", err: str = "") -> dict[str, Any]:
    return {"code": code, "out": out, "err": err}


def _pairs(texts: list[str]) -> dict[str, str]:
    return dict(text.split("=", 1) for text in texts)


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    docker: Docker


class _Handler(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        line = self.rfile.readline()
        if not line.endswith(b"\n"):
            return  # Whoever called was killed before it had said what it wants.
        answer = self.server.docker.answer(json.loads(line), self._is_alive)
        # Whoever called may have been killed.
        with contextlib.suppress(OSError):
            self.wfile.write(json.dumps(answer).encode())

    def _is_alive(self) -> bool:
        """Return whether the other end is open: it says no more, and does not end by itself."""
        try:
            return bool(self.connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT))
        except BlockingIOError:
            return True
        except OSError:
            return False


@contextlib.contextmanager
def made_up_docker(folder: Path) -> Any:
    """Serve the command `docker` in a folder, which is to be put first into PATH."""
    folder.mkdir()
    with contextlib.ExitStack() as stack:
        # Short, as a socket's path has to be.
        place = stack.enter_context(tempfile.TemporaryDirectory(prefix="docker-", dir="/tmp"))
        address = f"{place}/socket"
        server = stack.enter_context(_Server(address, _Handler))
        server.docker = Docker()
        server.docker.answers.set()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        stack.callback(server.shutdown)
        client = folder / "docker"
        client.write_text(_CLIENT.format(python=sys.executable, address=address), encoding="utf-8")
        client.chmod(0o755)
        yield server.docker


IMAGE = "localhost/busybox"

_PODMAN = """#!/bin/sh
exec unshare --mount sh -c '
    umount -R /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup && exec {podman} "$@"
' podman "$@"
"""


def private_podman(folder: Path) -> tuple[dict[str, str], str]:
    """Make a podman with one image, which keeps everything in a folder.

    Returns:
        Variables for whoever calls it, and why it does not work here, or "".
    """
    podman, busybox = shutil.which("podman"), shutil.which("busybox")
    if podman is None or busybox is None:
        return {}, "podman and a static busybox are not both installed"
    folder.mkdir()
    settings = folder / "containers.conf"
    settings.write_text(
        '[containers]\ncgroups="disabled"\n'
        'default_ulimits=["nofile=1024:1024", "nproc=1024:1024"]\n'
        f'[engine]\ncgroup_manager="cgroupfs"\nevents_logger="file"\n'
        f'lock_type="file"\ntmp_dir="{folder}/tmp"\n',
        encoding="ascii",
    )
    storage = folder / "storage.conf"
    storage.write_text(
        f'[storage]\ndriver="vfs"\ngraphroot="{folder}/graph"\nrunroot="{folder}/run"\n',
        encoding="ascii",
    )
    wrapper = folder / "bin" / "podman"
    wrapper.parent.mkdir()
    wrapper.write_text(_PODMAN.format(podman=podman), encoding="ascii")
    wrapper.chmod(0o755)
    variables = {
        "PATH": f"{wrapper.parent}:{os.environ['PATH']}",
        "CONTAINERS_CONF": str(settings),
        "CONTAINERS_STORAGE_CONF": str(storage),
    }
    image = folder / "image.tar"
    with tarfile.open(image, "w") as tar:
        tar.add(busybox, "bin/busybox")
        for name in ("sh", "cat", "sleep", "setsid", "true", "echo", "test"):
            link = tarfile.TarInfo(f"bin/{name}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(link)
    for arguments in (
        ["import", str(image), IMAGE],
        ["run", "--rm", "--network", "host", "--entrypoint", "/bin/sh", IMAGE, "-c", "true"],
    ):
        done = subprocess.run(
            [str(wrapper), *arguments],
            env={**os.environ, **variables},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            return {}, f"podman does not work here: {done.stderr.strip()[-300:]}"
    return variables, ""
