"""Objects: browse, download, upload, delete."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from batchcompute.server.console.guard import own_path
from batchcompute.server.console.logs import stream
from batchcompute.server.console.pages.instances import as_download
from batchcompute.server.console.view import View, segment
from batchcompute.server.model.clock import from_seconds, to_wire
from batchcompute.server.model.errors import forbidden, not_found, quota_exhausted
from batchcompute.server.objects.address import OssAddress
from batchcompute.server.objects.errors import ObjectNotFoundError, ObjectStoreError
from batchcompute.server.objects.library import ObjectLibrary
from batchcompute.server.objects.library_errors import LibraryError
from batchcompute.server.objects.owners import LEAVES, Leave
from batchcompute.server.objects.paging import page_of
from batchcompute.server.objects.records import Attributes, Bucket
from batchcompute.server.objects.staged import StagedFile

PAGE: Final = 200
_WRITE_AT: Final = 1024 * 1024
#: Names of buckets that every object store accepts.
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")


@dataclass(frozen=True, slots=True)
class Entry:
    """An object or a folder.

    Attributes:
        name: The end of its key.
        key: Its key.
        size: Its length in bytes.
        modified: When it was written, as the API writes times; "" for a folder.
    """

    name: str
    key: str
    size: int = 0
    modified: str = ""


def objects(view: View) -> Response:
    """Show the buckets, or say where the objects are."""
    library = view.console.parts.library
    buckets: Sequence[Any] = []
    if library is not None:
        caller, owners = view.caller, library.owners
        # An admin sees all of them, and nothing has to be looked up.
        buckets = [
            bucket
            for bucket in library.buckets()
            if caller.scope is None or owners.leave(caller, bucket.name)
        ]
    return view.render(
        "objects.html",
        elsewhere=view.objects.url if library is None else "",
        buckets=buckets,
    )


def folder(view: View) -> Response:
    """Show a folder of a bucket, or send an object."""
    bucket, key = _place(view)
    library = _library(view, bucket, "read")
    if key and not key.endswith("/"):
        return _object(view, f"oss://{bucket}/{key}")
    try:
        page = page_of(library, bucket, key, "/", view.value("marker"), PAGE)
    except LibraryError:
        raise not_found() from None
    entries = [Entry(prefix[len(key) :], prefix) for prefix in page.prefixes]
    entries += [
        Entry(
            record.key[len(key) :],
            record.key,
            record.size,
            to_wire(from_seconds(record.modified_at)),
        )
        for record in page.records
    ]
    parts = key.split("/")[:-1]
    return view.render(
        "folder.html",
        bucket=bucket,
        key=key,
        entries=entries,
        following=page.last,
        parents=[("/".join(parts[: at + 1]) + "/", part) for at, part in enumerate(parts)],
    )


async def create_bucket(view: View) -> Response:
    """Make a bucket."""
    library, name = view.console.parts.library, view.field("name").strip()
    if library is None:
        raise not_found()
    if not _NAME.fullmatch(name):
        view.tell(
            "bad",
            "A bucket name has 3 to 63 of a-z, 0-9 and -, and does not begin or end with -.",
        )
        return RedirectResponse("/objects", 303)
    most = await run_in_threadpool(view.console.parts.take_bucket, name, view.caller.account)
    if most is not None:
        raise quota_exhausted("Buckets", most)
    try:
        made = Bucket(name, time.time())
        await run_in_threadpool(library.create_bucket, made, view.caller.account)
    except LibraryError:
        view.tell("bad", "A bucket with this name exists already.")
        return RedirectResponse("/objects", 303)
    view.console.parts.service.note(view.caller, "PutBucket", {"Bucket": name})
    return RedirectResponse(f"/objects/{segment(name)}/", 303)


async def write(view: View) -> Response:
    """Store an object from the body of a request; it is there whole or not at all."""
    bucket, key = _place(view)
    library = _library(view, bucket, "write")
    staged = await run_in_threadpool(library.stage)
    try:
        OssAddress.parse_object(f"oss://{bucket}/{key}")
        waiting = bytearray()
        async for chunk in view.request.stream():
            waiting += chunk
            if len(waiting) >= _WRITE_AT:
                await run_in_threadpool(_write, view, bucket, staged, bytes(waiting))
                waiting.clear()
        await run_in_threadpool(_write, view, bucket, staged, bytes(waiting))
        await run_in_threadpool(library.commit, staged, bucket, key, Attributes())
    except (LibraryError, ObjectStoreError, ValueError) as error:
        return PlainTextResponse(str(error), 400)
    finally:
        await run_in_threadpool(staged.discard)
    _note(view, "PutObject")
    return PlainTextResponse("", 201)


def _write(view: View, bucket: str, staged: StagedFile, data: bytes) -> None:
    """Append to a file, if the account of its bucket has room for it.

    Raises:
        ApiError: It has not.
    """
    most = view.console.parts.take_room(bucket, max(1, len(data)))
    if most is not None:
        raise quota_exhausted("ObjectBytes", most)
    staged.write(data)


async def change(view: View) -> Response:
    """Delete an object."""
    bucket, key = _place(view)
    if view.field("action") != "delete":
        raise HTTPException(400, "There is no such action.")
    await run_in_threadpool(_library(view, bucket, "write").delete, bucket, key)
    _note(view, "DeleteObject")
    view.tell("good", "Done.")
    return RedirectResponse(own_path(view.field("back", "/objects")), 303)


def _object(view: View, address: str) -> Response:
    store = view.objects
    try:
        size = store.stat(address).size
    except (ObjectNotFoundError, ValueError):
        raise not_found() from None
    return as_download(address.rpartition("/")[2], stream(store, address, size))


def _note(view: View, action: str) -> None:
    """Write down what was done to the object that the page is about."""
    bucket, key = _place(view)
    view.console.parts.service.note(view.caller, action, {"Bucket": bucket, "Key": key})


def _place(view: View) -> tuple[str, str]:
    path = view.request.path_params
    return path["bucket"], path["key"]


def _library(view: View, bucket: str, leave: Leave) -> ObjectLibrary:
    """Return where a bucket is, if the one who looks has leave for what they want of it.

    Raises:
        ApiError: There is no such bucket for them, or they may only read it.
    """
    library = view.console.parts.library
    if library is None:
        raise not_found()
    if view.caller.scope is None:
        return library
    given = library.owners.leave(view.caller, bucket)
    if given is None:
        raise not_found()
    if LEAVES.index(given) < LEAVES.index(leave):
        raise forbidden("The bucket was granted for reading.")
    return library
