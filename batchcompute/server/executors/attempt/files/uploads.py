"""What goes to the object store after a program ended."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterator
from pathlib import Path

from batchcompute.server.executors.attempt.failures import AttemptFailure
from batchcompute.server.executors.attempt.files.mappings import (
    Pair,
    input_pairs,
    is_within,
    log_pairs,
    output_pairs,
)
from batchcompute.server.executors.attempt.worlds.world import Surroundings, Workspace
from batchcompute.server.executors.interface import Attempt
from batchcompute.server.objects import ObjectStore, ObjectStoreError


def upload_streams(objects: ObjectStore, attempt: Attempt, workspace: Workspace) -> None:
    """Upload standard output and error, after every end of a program.

    Raises:
        AttemptFailure: One of them could not be written.
    """
    for field, name, address in (
        ("StdoutRedirectPath", "stdout", attempt.stdout),
        ("StderrRedirectPath", "stderr", attempt.stderr),
    ):
        source = workspace.stream(name)
        if address and source.exists():
            try:
                objects.put_file(source, address)
            except ObjectStoreError as error:
                raise AttemptFailure.of_field(field, address, error.reason) from error


def upload_logs(
    objects: ObjectStore, attempt: Attempt, surroundings: Surroundings, work: Path
) -> None:
    """Upload the files of the log mapping, after every end; one that is not there is no error.

    Raises:
        AttemptFailure: One of them could not be read or written.
    """
    for pair in log_pairs(attempt, work):
        source = _find(pair, surroundings)
        if source.is_file():
            _put(objects, pair, source, pair.address)


def upload_outputs(
    objects: ObjectStore, attempt: Attempt, surroundings: Surroundings, work: Path
) -> None:
    """Upload what a successful program left at the places of the output mapping.

    Raises:
        AttemptFailure: A file is missing, or could not be read or written.
    """
    inputs = {pair.local for pair in input_pairs(attempt, work)}
    for pair in output_pairs(attempt, work):
        source = _find(pair, surroundings)
        if not pair.is_directory:
            if not source.is_file():
                raise pair.failure("the program did not leave such a file")
            _put(objects, pair, source, pair.address)
        else:
            for name, path in _files_below(pair, source, inputs):
                _put(objects, pair, path, pair.address + name)


def _find(pair: Pair, surroundings: Surroundings) -> Path:
    try:
        return surroundings.host_path(pair.local)
    except ValueError as error:
        raise pair.failure(str(error)) from error


def _put(objects: ObjectStore, pair: Pair, source: Path, address: str) -> None:
    try:
        objects.put_file(source, address)
    except ObjectStoreError as error:
        raise pair.failure(str(error)) from error


def _files_below(pair: Pair, folder: Path, inputs: Collection[str]) -> Iterator[tuple[str, Path]]:
    """Go through the files of an output directory as (name below it, path).

    Inputs that were mapped into it are not outputs.
    A link to a file of the directory is uploaded as a copy. Linked directories are not entered:
    what is in them is uploaded under its own name. Sockets and pipes have no content.
    """
    base = os.path.realpath(folder)
    for parent, _, names in os.walk(base):
        for name in sorted(names):
            path = os.path.join(parent, name)
            if os.path.join(pair.local, os.path.relpath(path, base)) in inputs:
                continue
            real = os.path.realpath(path)
            if not is_within(real, base):
                raise pair.failure(
                    f"{os.path.relpath(path, base)!r} is a symbolic link that leads out of it"
                )
            try:
                mode = os.stat(real).st_mode
            except FileNotFoundError:
                raise pair.failure(
                    f"{os.path.relpath(path, base)!r} is a symbolic link to nothing"
                ) from None
            if stat.S_ISREG(mode):
                yield os.path.relpath(path, base), Path(real)
