"""The devices of disks, covered once for many programs of root."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

# What a shim does, and what its programs find. Other devices stand for disks.
SCRIPT = """
    import os, subprocess, sys
    from pathlib import Path
    from batchcompute.server.executors.attempt.worlds import disks, mounts

    folder = Path(sys.argv[1])
    (folder / "names").mkdir()
    (folder / "place").mkdir()
    disks._RAW = [folder / "names", folder / "absent"]
    covered = disks.CoveredDisks()

    def add(name):
        (folder / "names" / name).touch()

    def run(command):
        # What is started sees it, and nobody else.
        before = os.readlink("/proc/self/ns/mnt")
        assert covered.cover(disks.find_disks())
        with covered.entered():
            started = subprocess.Popen(["/bin/sh", "-c", command], stdout=subprocess.PIPE)
        assert os.readlink("/proc/self/ns/mnt") == before
        said = started.communicate()[0].decode().strip()
        assert started.returncode == 0, command
        return said

    assert not covered.cover([])
    add("zero")
    add("absent")
    if not covered.cover(disks.find_disks()):
        sys.exit("unable")
    opens = "(: < /dev/{0}) 2> /dev/null"
    mounts_of = "readlink /proc/self/ns/mnt; ! " + opens.format("zero")
    first = run(mounts_of)
    assert first != os.readlink("/proc/self/ns/mnt")
    assert run(mounts_of) == first
    run(opens.format("full"))
    # One more disk comes.
    add("full")
    run(mounts_of + " && ! " + opens.format("full"))
    # Something is mounted, and unmounted, and the disks stay covered.
    mounts.mount("none", str(folder / "place"), "tmpfs", "")
    (folder / "place" / "file").touch()
    run(f"test -e {folder}/place/file && ! " + opens.format("zero"))
    mounts.unmount(str(folder / "place"))
    run(f"! test -e {folder}/place/file && ! " + opens.format("zero"))
    for name in ("zero", "full"):
        os.close(os.open(f"/dev/{name}", os.O_RDONLY))
    descriptors = len(os.listdir("/proc/self/fd"))
    run("true")
    covered.close()
    assert len(os.listdir("/proc/self/fd")) == descriptors - 3
"""


def _run(folder: Path, *within: str) -> subprocess.CompletedProcess[str]:
    command = [*within, sys.executable, "-c", textwrap.dedent(SCRIPT), str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path.cwd())


def test_programs_see_disks_covered(tmp_path: Path) -> None:
    # What the script mounts stays with it.
    as_root = [] if os.geteuid() == 0 else ["--map-root-user"]
    done = _run(tmp_path, "unshare", "--mount", *as_root)
    if done.stderr.strip() == "unable" or done.stderr.startswith("unshare:"):
        pytest.skip(f"this machine does not allow it: {done.stderr}")
    assert done.returncode == 0, done.stderr


def test_no_process_goes_where_it_would_not_come_back_from(tmp_path: Path) -> None:
    # Root in a user namespace of its own, but among the mounts of the machine.
    done = _run(tmp_path, "unshare", "--user", "--map-root-user")
    if done.stderr.startswith("unshare:"):
        pytest.skip(f"this machine does not allow it: {done.stderr}")
    assert done.stderr.strip() == "unable"
