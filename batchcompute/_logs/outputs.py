"""One output of an instance, read as an object: all of it, the last lines, or what is new."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from batchcompute._objects.files import ObjectFiles

_CHUNK: Final = 4 * 1024 * 1024
#: Bytes in which the last lines are looked for, for each line that is wanted.
_LINE_BYTES: Final = 4096


def address_of(instance: Any, stream: str) -> str:
    """Return where an instance's output is; "" if it is not kept.

    Args:
        instance: The instance.
        stream: "stdout" or "stderr".
    """
    name = "StdoutRedirectPath" if stream == "stdout" else "StderrRedirectPath"
    return str(getattr(instance, name, "") or "")


class Output:
    """One output of one instance, read piece by piece.

    Args:
        files: The objects, as files.
        address: `oss://bucket/key`.
    """

    def __init__(self, files: Any, address: str) -> None:
        self._files = files
        self._path = address.removeprefix("oss://")
        self._offset = 0
        #: The byte before the offset, to see whether this is still the same content.
        self._last = b""
        self._superseded: str | None = None
        # Of a range that goes beyond the end, other file systems get the whole object.
        self._by_chunks = isinstance(files, ObjectFiles)

    def new(self) -> Iterator[bytes]:
        """Yield what is there beyond what was read so far, in pieces."""
        while piece := self.read():
            yield piece

    def read(self) -> bytes:
        """Return the next piece of what is there beyond what was read so far; b"" for nothing."""
        if self._superseded is not None:
            found = self._info()
            if found is None or _mark(found) == self._superseded:
                return b""
            self._superseded = None
        piece = self._range(max(0, self._offset - 1))
        if self._offset and piece[:1] != self._last:
            # Outputs only grow, so this is another one.
            self._offset = 0
            piece = self._range(0)
        elif self._offset:
            piece = piece[1:]
        self._offset += len(piece)
        self._last = piece[-1:] or self._last
        return piece

    def _range(self, start: int) -> bytes:
        end = start + _CHUNK if self._by_chunks else None
        try:
            content: bytes = self._files.cat_file(self._path, start or None, end)
        except FileNotFoundError:
            return self._last if start else b""
        return content

    def skip_to_last(self, lines: int) -> None:
        """Leave out what stands before the last lines.

        Args:
            lines: How many lines are wanted.
        """
        found = self._info()
        if found is None:
            return
        begin = max(0, int(found["size"]) - max(1, lines) * _LINE_BYTES)
        try:
            end = self._files.cat_file(self._path, begin or None, None)
        except FileNotFoundError:
            return
        kept = b"".join(end.splitlines(keepends=True)[-lines:]) if lines else b""
        self._offset = begin + len(end) - len(kept)
        self._last = end[: len(end) - len(kept)][-1:]

    def restart(self) -> None:
        """Begin anew: the instance runs again, and will overwrite what is there."""
        found = self._info()
        self._offset = 0
        self._superseded = None if found is None else _mark(found)

    def finish(self) -> None:
        """Take what is there for the output of the last attempt."""
        self._superseded = None

    def _info(self) -> dict[str, Any] | None:
        # File systems remember what they once saw.
        self._files.invalidate_cache()
        try:
            found: dict[str, Any] = self._files.info(self._path)
        except FileNotFoundError:
            return None
        return found


def _mark(found: Mapping[str, Any]) -> str:
    """Return what differs from one content of an object to the next, as far as it is known."""
    known = (found.get(name) for name in ("ETag", "LastModified", "mtime", "size"))
    return next((str(value) for value in known if value), "empty")
