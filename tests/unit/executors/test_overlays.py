"""Overlays, mounted by processes of their own, as root and as an ordinary user."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

# What a shim does, and what it finds.
SCRIPT = """
    import os, sys
    from pathlib import Path
    from batchcompute.server.executors.attempt.worlds import overlays
    from batchcompute.server.executors.attempt.worlds.world import remove_tree

    folder = Path(sys.argv[1])
    if not overlays.can_mount(folder):
        sys.exit("unable")
    assert os.geteuid() == int(sys.argv[2]), os.geteuid()
    for name in ("one", "two"):
        overlay = overlays.Overlay(folder / "source, with: signs", folder / name)
        overlay.mount()
        (overlay.shown / "file").write_text("changed")
        (overlay.shown / "new").mkdir()
        (overlay.shown / "gone").unlink()
        assert sorted(os.listdir(overlay.shown)) == ["file", "new"]
        overlay.close()
        overlay.close()
        assert os.listdir(overlay.shown) == []
        remove_tree(folder / name)
    print(overlays.process_is_changed(), sorted(os.listdir(folder)))
"""


@pytest.mark.parametrize("user", [0, 1000])
def test_source_stays_as_it_is(tmp_path: Path, user: int) -> None:
    source = tmp_path / "source, with: signs"
    source.mkdir()
    for name in ("file", "gone"):
        (source / name).write_text(name)
    within = ["unshare", "--user", f"--map-user={user}", f"--map-group={user}"]
    if user == os.geteuid():
        within = []
    elif user == 0:
        within = ["unshare", "--user", "--map-root-user"]
    command = [*within, sys.executable, "-c", textwrap.dedent(SCRIPT), str(tmp_path), str(user)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path.cwd())
    if "unable" in done.stderr or done.stderr.startswith("unshare:"):
        pytest.skip(f"this machine does not allow it: {done.stderr}")
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{user != 0} ['source, with: signs']\n"
    assert {path.name: path.read_text() for path in source.iterdir()} == {
        "file": "file",
        "gone": "gone",
    }
