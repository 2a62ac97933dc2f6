"""The common part of namespaces and containers: folders and mappings of the program's own.

`/tmp`, the working directory and the folders of outputs and logs are on disk, below the attempt's
folder, where they can be collected afterwards and go away with it. They and the inputs are bound to
the places that the program knows.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from batchcompute.server.executors.attempt.files.mappings import (
    Mappings,
    Pair,
    is_within,
    refuse_own_data,
)
from batchcompute.server.executors.attempt.worlds.layers import Layers
from batchcompute.server.executors.attempt.worlds.world import Origin, Workspace
from batchcompute.server.executors.interface import Attempt
from batchcompute.server.objects import ObjectStore

#: How many links a path may lead through, as in Linux.
_MOST_LINKS = 40


class Enclosed:
    """The folders and mappings of one program that does not see the machine's own."""

    #: Folders that are covered, so that no mapping can show in them.
    _hidden: Sequence[str] = ()
    #: Whether what is mounted in this process is seen by the program.
    _sees_mounts = False

    def __init__(self, workspace: Workspace, objects: ObjectStore) -> None:
        """Plan a world; nothing is made yet.

        Args:
            workspace: The attempt's folders.
            objects: Where inputs come from.
        """
        self._workspace = workspace
        self._work = workspace.work
        self._layers = Layers(objects, workspace.scratch, sees_mounts=self._sees_mounts)
        self._outputs: set[str] = set()
        self._collected: set[str] = {"/tmp"}

    def prepare(self, attempt: Attempt, mappings: Mappings) -> None:
        """Make the folders, and find what is to be bound into them."""
        space = self._workspace
        # It is there already, and as it is to be, where most programs have such a world.
        if not os.path.isdir(space.temporary):
            os.makedirs(space.temporary)
            os.chmod(space.temporary, 0o1777)
        for pair in mappings.inputs:
            place = self._place(pair)
            if place == self._work:
                raise pair.failure("this is the working directory, where the package is")
            self._layers.add(pair, place)
        for pair in (*mappings.outputs, *mappings.logs):
            self._prepare_output(pair)
        for folder in mappings.folders:
            self._prepare_folder(folder)
        self._layers.show(self._work, self._host_folder)

    def starting(self) -> AbstractContextManager[None]:
        """Change nothing."""
        return nullcontext()

    def host_path(self, local: str) -> Path:
        """Return where a file is outside of the namespace, following links as the program would."""
        return self._follow(local, _MOST_LINKS)

    def parts(self, local: str) -> list[tuple[str, Path]]:
        """Return a folder, and the folders below it that the program could write to."""
        place = self._resolve(local)
        inner = self._layers.writable_below(place)
        return [
            (local, self.host_path(local)),
            *((local + layer.place[len(place) :], layer.shown) for layer in inner),
        ]

    def origin(self, local: str) -> Origin | None:
        """Return the input that a file is, if the program left it as it was."""
        return self._layers.origin(self._resolve(local))

    def is_input(self, local: str) -> bool:
        """Return whether an input is mapped to a path, and is not an output as well."""
        layer = self._layers.at(self._resolve(local))
        return layer is not None and not layer.is_output

    def end_rest(self) -> bool:
        """Do nothing: every process is below this one."""
        return True

    def clean_up(self) -> None:
        """Unmount what was mounted; everything else is below the attempt's folder."""
        self._layers.close()

    def _place(self, pair: Pair) -> str:
        place = self._resolve(pair.local)
        if not is_within(place, self._work):
            refuse_own_data(pair, place, self._hidden)
        return place

    def _prepare_output(self, pair: Pair) -> None:
        place = self._place(pair)
        # For a file its folder is needed, as programs may write under another name and rename.
        folder = place if pair.is_directory else os.path.dirname(place)
        if self._layers.make_writable(place, folder):
            return
        try:
            self._make_folder(place, folder)
        except OSError as error:
            raise pair.failure(error) from error

    def _prepare_folder(self, folder: str) -> None:
        place = self._resolve(folder)
        if not any(is_within(place, hidden) for hidden in self._hidden):
            self._make_folder(place, place)

    def _make_folder(self, place: str, folder: str) -> None:
        self._host_folder(folder).mkdir(parents=True, exist_ok=True)
        if not is_within(place, self._work):
            self._outputs.add(place)
            self._collected.add(folder)

    def _collected_folders(self) -> list[str]:
        """Return the folders on disk, but for those in another of them.

        Each is bound, and files cannot be moved or linked from one mount to another.
        """
        outermost: list[str] = []
        for folder in sorted(self._collected):
            if not any(is_within(folder, outer) for outer in outermost):
                outermost.append(folder)
        return outermost

    def _host_folder(self, place: str) -> Path:
        """Return the folder of the attempt that is shown at a place where no input is."""
        if is_within(place, self._work):
            return Path(place)
        return Path(f"{self._workspace.root}{place}")

    def _own(self, place: str) -> Path:
        """Return where a place is outside of the namespace, if it is one of the program's own."""
        return self._layers.find(place) or self._host_folder(place)

    def _follow(self, local: str, links_left: int) -> Path:
        here = "/"
        names = self._resolve(local).split("/")
        for number, name in enumerate(names):
            place = os.path.join(here, name)
            try:
                target = os.readlink(self._own(place))
            except OSError:
                here = place  # It is no link, or not there.
                continue
            if not links_left:
                raise ValueError("too many symbolic links lead to it")
            # A link to the folder above is meant as seen from where the link really is.
            path = os.path.normpath(os.path.join(here, target, *names[number + 1 :]))
            return self._follow(path, links_left - 1)
        return self._own(here)

    def _resolve(self, path: str) -> str:
        """Return where a path leads for the program; here its links are its own affair."""
        return path
