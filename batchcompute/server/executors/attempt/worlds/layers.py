"""Inputs of a program that does not see the machine's own files: what is bound where, and how.

An input is shown as it lies in the object store, which costs nothing and cannot be written to. A
folder that the program may write to, or in which something else has its place, is shown as an
overlay, or else as a copy: the store stays as it is.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from batchcompute.server.executors.attempt.files import inputs
from batchcompute.server.executors.attempt.files.inputs import Stamp, read_stamp
from batchcompute.server.executors.attempt.files.mappings import Pair, is_within
from batchcompute.server.executors.attempt.files.permissions import look_through, needs_copy
from batchcompute.server.executors.attempt.worlds import overlays
from batchcompute.server.executors.attempt.worlds.overlays import Overlay
from batchcompute.server.executors.attempt.worlds.world import Origin
from batchcompute.server.objects import ObjectStore

#: Files that are bound one by one at the most, where there is no overlay to show them.
_MOST_SINGLE_FILES = 256


@dataclass(frozen=True, slots=True)
class Bind:
    """A file or folder of this machine at a place of the program."""

    source: Path
    place: str
    is_writable: bool


@dataclass(slots=True)
class Layer:
    """One input.

    Attributes:
        pair: The mapping that it comes from.
        place: Where the program finds it.
        address: Where it comes from; that of a directory ends in a slash.
        source: The objects, or the attempt's own copy of them.
        is_own: True if it is such a copy.
        is_writable: True if the program may write below it.
        is_output: True if it is a file that is an output as well, and so one of the program's own.
        shown: What the program sees of it.
        changes: Where an overlay keeps what was touched; None for what is no overlay.
        stamps: Files that are not the program's doing, with their stamps, by their paths below it.
    """

    pair: Pair
    place: str
    address: str
    source: Path
    is_own: bool = False
    is_writable: bool = False
    is_output: bool = False
    shown: Path = field(init=False)
    changes: Path | None = None
    stamps: dict[str, Stamp] = field(default_factory=dict[str, Stamp])

    def __post_init__(self) -> None:
        """Show it as it is, until something else is needed."""
        self.shown = self.source

    def below(self, place: str) -> str:
        """Return the path of a place in it, "" for itself."""
        return place[len(self.place) :].lstrip("/")

    def is_original(self, name: str) -> bool:
        """Return whether the program left a file as it found it."""
        if self.shown == self.source and not self.is_own:
            return True
        stamp = read_stamp(self.shown / name)
        if self.changes is not None and not os.path.lexists(self.changes / name):
            return stamp is not None
        return stamp is not None and stamp in (self.stamps.get(name), self._stamp_of_source(name))

    def _stamp_of_source(self, name: str) -> Stamp | None:
        return None if self.changes is None else read_stamp(self.source / name)


class Layers:
    """All inputs of one program."""

    def __init__(self, objects: ObjectStore, scratch: Path, *, sees_mounts: bool) -> None:
        """Start without any.

        Args:
            objects: Where they lie.
            scratch: Where copies and changes may be put.
            sees_mounts: True if the program sees what this process mounts.
        """
        self._objects = objects
        self._scratch = scratch
        self._sees_mounts = sees_mounts
        self._by_place: dict[str, Layer] = {}
        self._folders: list[tuple[Layer, str]] = []
        self._overlays: list[Overlay] = []
        self._binds: list[Bind] = []
        self._count = 0

    def add(self, pair: Pair, place: str) -> None:
        """Take an input in; it is shown later.

        Raises:
            AttemptFailure: It is not there or cannot be fetched.
        """
        source = inputs.find_input(self._objects, pair)
        if source is not None:
            layer = Layer(pair, place, pair.address, source)
        elif self._objects.has_cache and not pair.is_writable:
            source = self._new_path()
            inputs.share_input(self._objects, pair, source)
            layer = Layer(pair, place, pair.address, source)
        else:
            copy = self._new_path()
            mode = inputs.WRITABLE if pair.is_writable else inputs.READ_ONLY
            stamps = inputs.copy_input(self._objects, pair, copy, mode)
            layer = Layer(pair, place, pair.address, copy, is_own=True, stamps=stamps)
        # A file that is mapped is read only in any case: there is no "below it".
        layer.is_writable = pair.is_writable and pair.is_directory
        self._by_place[place] = layer

    def make_writable(self, place: str, folder: str) -> bool:
        """Have an output inside of inputs.

        Args:
            place: The output.
            folder: The folder that the program has to be able to write to.

        Returns:
            False if no input is around that folder.
        """
        exact = self._by_place.get(place)
        if exact is not None and not exact.pair.is_directory:
            exact.is_output = True
        around = self._around(folder)
        if around is None:
            return False
        if folder == around.place:
            around.is_writable = True
        elif around.is_writable:
            self._folders.append((around, folder))
        else:
            self._by_place[folder] = self._inner_layer(around, folder)
        return True

    def show(self, work: str, folder_of: Callable[[str], Path]) -> None:
        """Prepare everything that is to be bound.

        Args:
            work: The working directory, which stays visible wherever it is.
            folder_of: Says where a place is outside of all inputs.

        Raises:
            AttemptFailure: Something cannot be copied.
        """
        if not self._by_place:
            return
        self._leave_out_what_shows_anyway()
        points: dict[str, list[tuple[str, bool]]] = {}
        for place, is_directory in self._points(work):
            around = self._around(os.path.dirname(place))
            if around is not None:
                points.setdefault(around.place, []).append((place, is_directory))
        for layer in self._sorted():
            try:
                if layer.pair.is_directory:
                    self._show_folder(layer, points.get(layer.place, []))
                else:
                    self._show_file(layer, folder_of)
            except OSError as error:
                raise layer.pair.failure(error) from error
        for layer, folder in self._folders:
            try:
                (layer.shown / layer.below(folder)).mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise layer.pair.failure(error) from error
        self._binds.sort(key=lambda bind: bind.place.count("/"))

    @property
    def binds(self) -> list[Bind]:
        """The folders and files to bind, from the outside in."""
        return self._binds

    @property
    def has_overlays(self) -> bool:
        """Whether something was mounted in this process's mounts."""
        return bool(self._overlays)

    @property
    def places(self) -> set[str]:
        """Where inputs are."""
        return set(self._by_place)

    def at(self, place: str) -> Layer | None:
        """Return the input at a place."""
        return self._by_place.get(place)

    def find(self, place: str) -> Path | None:
        """Return what the program finds at a place; None if no input is there or around it."""
        layer = self._by_place.get(place)
        if layer is not None and not layer.pair.is_directory:
            return layer.shown
        layer = self._around(place)
        return None if layer is None else layer.shown / layer.below(place)

    def writable_below(self, place: str) -> list[Layer]:
        """Return the folders below a place that the program may write to, from the outside in."""
        return [
            layer
            for layer in self._sorted()
            if layer.is_writable and layer.place != place and is_within(layer.place, place)
        ]

    def origin(self, place: str) -> Origin | None:
        """Return where a file comes from if the program left it as it was."""
        layer = self._by_place.get(place)
        if layer is None or layer.pair.is_directory:
            layer = self._around(place)
        if layer is None or not layer.is_original(layer.below(place)):
            return None
        return Origin(layer.place, layer.address + layer.below(place))

    def close(self) -> None:
        """Unmount what was mounted."""
        for overlay in reversed(self._overlays):
            overlay.close()

    def _sorted(self) -> list[Layer]:
        return sorted(self._by_place.values(), key=lambda layer: layer.place.count("/"))

    def _around(self, place: str) -> Layer | None:
        """Return the innermost folder that a place is, or is in."""
        while True:
            layer = self._by_place.get(place)
            if layer is not None and layer.pair.is_directory:
                return layer
            if place == "/":
                return None
            place = os.path.dirname(place)

    def _inner_layer(self, around: Layer, folder: str) -> Layer:
        """Return a folder of a folder as a layer of its own, which the program may write to."""
        name = around.below(folder)
        source = around.source / name
        is_own = around.is_own or not source.is_dir()
        if around.is_own:
            source.mkdir(parents=True, exist_ok=True)
        elif is_own:
            source = self._new_path()
            source.mkdir()
        start = f"{name}/"
        stamps = {
            below.removeprefix(start): stamp
            for below, stamp in around.stamps.items()
            if below.startswith(start)
        }
        address = around.address + start
        return Layer(around.pair, folder, address, source, is_own, is_writable=True, stamps=stamps)

    def _leave_out_what_shows_anyway(self) -> None:
        """Forget inputs that are seen in one around them, as one mount is better than two."""
        for layer in self._sorted():
            around = self._around(os.path.dirname(layer.place))
            if around is None or layer.is_own or layer.is_output:
                continue
            is_shown = around.source / around.below(layer.place) == layer.source
            if is_shown and (around.is_writable or not layer.is_writable):
                del self._by_place[layer.place]

    def _points(self, work: str) -> Iterator[tuple[str, bool]]:
        """Yield what needs a place to be bound to, and whether it is a folder."""
        yield work, True
        for layer in self._by_place.values():
            if not layer.is_output:
                yield layer.place, layer.pair.is_directory

    def _show_folder(self, layer: Layer, points: list[tuple[str, bool]]) -> None:
        missing = [
            (place, is_directory)
            for place, is_directory in points
            if not _is_kind(layer.source / layer.below(place), is_directory)
        ]
        if not layer.is_own:
            self._protect(layer, bool(missing))
        for place, is_directory in missing:
            _make_point(layer.shown / layer.below(place), is_directory)
        self._binds.append(Bind(layer.shown, layer.place, layer.is_writable))

    def _protect(self, layer: Layer, has_missing: bool) -> None:
        """Show a folder of the store in such a way that it stays as it is."""
        look = look_through(str(layer.source))
        if layer.is_writable or has_missing or look.unexecutable:
            # As an ordinary user an overlay cannot take over what belongs to others.
            is_possible = os.geteuid() == 0 or not look.is_foreign
            if is_possible and self._show_overlay(layer):
                for name in look.unexecutable:
                    _make_executable(layer.shown / name)
                    stamp = read_stamp(layer.shown / name)
                    if stamp is not None:
                        layer.stamps[name] = stamp
                return
        if layer.is_writable or has_missing:
            mode = inputs.WRITABLE if layer.is_writable else inputs.READ_ONLY
            layer.shown = self._new_path()
            layer.stamps = inputs.copy_tree(layer.source, layer.shown, mode)
            return
        for name in look.unexecutable[:_MOST_SINGLE_FILES]:
            copy = self._new_path()
            inputs.copy_tree(layer.source / name, copy, inputs.READ_ONLY)
            self._binds.append(Bind(copy, f"{layer.place}/{name}", False))

    def _show_overlay(self, layer: Layer) -> bool:
        self._scratch.mkdir(exist_ok=True)
        if not self._sees_mounts or not overlays.can_mount(self._scratch):
            return False
        overlay = Overlay(layer.source, self._new_path())
        # From now on it is sure to be unmounted, whatever breaks in.
        self._overlays.append(overlay)
        try:
            overlay.mount()
        except OSError as error:
            words = f"{layer.address} is copied, as it cannot have an overlay: {error}"
            print(words, file=sys.stderr, flush=True)  # noqa: T201 (the forker's log)
            return False
        layer.shown, layer.changes = overlay.shown, overlay.changes
        return True

    def _show_file(self, layer: Layer, folder_of: Callable[[str], Path]) -> None:
        if layer.is_output:
            around = self._around(layer.place)
            own = (
                around.shown / around.below(layer.place)
                if around is not None
                else folder_of(layer.place)
            )
            own.parent.mkdir(parents=True, exist_ok=True)
            own.unlink(missing_ok=True)
            layer.stamps = inputs.copy_tree(layer.source, own, inputs.WRITABLE)
            layer.shown, layer.is_own = own, True
            return
        if not layer.is_own and needs_copy(str(layer.source), os.stat(layer.source)):
            layer.shown = self._new_path()
            layer.stamps = inputs.copy_tree(layer.source, layer.shown, inputs.READ_ONLY)
        self._binds.append(Bind(layer.shown, layer.place, False))

    def _new_path(self) -> Path:
        self._scratch.mkdir(exist_ok=True)
        self._count += 1
        return self._scratch / str(self._count)


def _is_kind(path: Path, is_directory: bool) -> bool:
    return path.is_dir() if is_directory else path.is_file()


def _make_point(path: Path, is_directory: bool) -> None:
    """Make something that can be bound over."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    if is_directory:
        path.mkdir()
    else:
        path.touch()


def _make_executable(path: Path) -> None:
    """Let everybody execute a file who can read it."""
    mode = path.stat().st_mode
    path.chmod(mode | (mode & 0o444) >> 2)
