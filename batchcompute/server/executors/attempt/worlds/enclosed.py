"""What namespaces and containers have in common: folders and mappings of the program's own.

`/tmp`, the working directory and the folders of outputs and logs are on disk, below the attempt's
folder, where they can be collected afterwards and go away with it. They and the inputs are bound to
the places that the program knows.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from batchcompute.server.executors.attempt.files.mappings import (
    Pair,
    input_pairs,
    input_source,
    is_within,
    log_pairs,
    output_pairs,
    refuse_own_data,
)
from batchcompute.server.executors.attempt.worlds.world import Workspace
from batchcompute.server.executors.interface import Attempt
from batchcompute.server.objects import ObjectStore


class Enclosed:
    """The folders and mappings of one program that does not see the machine's own."""

    #: Folders that are covered, so that no mapping can show in them.
    _hidden: Sequence[str] = ()

    def __init__(self, workspace: Workspace, objects: ObjectStore) -> None:
        """Plan a world; nothing is made yet.

        Args:
            workspace: The attempt's folders.
            objects: Where inputs come from.
        """
        self._workspace = workspace
        self._objects = objects
        self._inputs: list[tuple[Pair, str, Path]] = []
        self._outputs: set[str] = set()
        self._collected: set[str] = {"/tmp"}

    def prepare(self, attempt: Attempt) -> None:
        """Make the folders, and find what is to be bound into them."""
        space = self._workspace
        space.temporary.mkdir(parents=True)
        space.temporary.chmod(0o1777)
        for number, pair in enumerate(input_pairs(attempt, space.work)):
            place = self._place(pair)
            if place == str(space.work):
                raise pair.failure("this is the working directory, which is not read-only")
            if is_within(str(space.work), place):
                raise pair.failure(
                    f"the working directory, {space.work}, is in it and would not be seen"
                )
            source = input_source(self._objects, pair, space.scratch / str(number))
            self._inputs.append((pair, place, source))
        # A parent has to be bound before what lies in it.
        self._inputs.sort(key=lambda found: found[1].count("/"))
        self._check_nested_inputs()
        for pair in output_pairs(attempt, space.work) + log_pairs(attempt, space.work):
            self._prepare_output(pair)

    def host_path(self, local: str) -> Path:
        """Return where a file is outside of the namespace."""
        work = str(self._workspace.work)
        if is_within(local, work):
            base, path = work, local
        else:
            base = str(self._workspace.root)
            path = f"{base}{self._resolve(local)}"
        if not is_within(os.path.realpath(path), base):
            raise ValueError("a symbolic link leads out of the program's own files")
        return Path(path)

    def end_rest(self) -> bool:
        """Do nothing: every process is below this one."""
        return True

    def clean_up(self) -> None:
        """Do nothing: everything is below the attempt's folder."""

    def _place(self, pair: Pair) -> str:
        if is_within(pair.local, str(self._workspace.work)):
            return pair.local
        place = self._resolve(pair.local)
        refuse_own_data(pair, place, self._hidden)
        return place

    def _check_nested_inputs(self) -> None:
        for pair, place, _ in self._inputs:
            outer = self._enclosing(place)
            if outer is not None:
                other, around, source = outer
                if not os.path.exists(source / os.path.relpath(place, around)):
                    raise pair.failure(f"it lies inside the read-only input at {other.local}")

    def _prepare_output(self, pair: Pair) -> None:
        place = self._place(pair)
        outer = self._enclosing(place)
        if outer is not None:
            raise pair.failure(f"it lies inside the read-only input at {outer[0].local}")
        if is_within(place, str(self._workspace.work)):
            folder = Path(place)
        else:
            self._outputs.add(place)
            folder = Path(f"{self._workspace.root}{place}")
        # For a file its folder is needed, as programs may write under another name and rename.
        folder = folder if pair.is_directory else folder.parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise pair.failure(error) from error
        if place in self._outputs:
            self._collected.add(place if pair.is_directory else os.path.dirname(place))

    def _enclosing(self, place: str) -> tuple[Pair, str, Path] | None:
        """Return the innermost input around a place."""
        around = [
            found for found in self._inputs if found[1] != place and is_within(place, found[1])
        ]
        return around[-1] if around else None

    def _resolve(self, path: str) -> str:
        """Return where a path leads for the program; here its links are its own affair."""
        return path
