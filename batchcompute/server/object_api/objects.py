"""Operations on objects."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import quote, unquote_to_bytes

from batchcompute.server.object_api.access import check_acl
from batchcompute.server.object_api.attributes import attributes_of, refuse_unserved
from batchcompute.server.object_api.buckets import acl_element
from batchcompute.server.object_api.conditions import (
    NotModified,
    check_conditions,
    range_of,
)
from batchcompute.server.object_api.encoding import KeyWriter
from batchcompute.server.object_api.errors import OssError, invalid_argument
from batchcompute.server.object_api.reply import FileRange, Reply, xml_reply
from batchcompute.server.object_api.request import OssRequest, invalid_key
from batchcompute.server.object_api.sources import Source, source_of
from batchcompute.server.object_api.tagging import tag_set, tags_in
from batchcompute.server.object_api.times import http_date, iso
from batchcompute.server.object_api.xml import element, parse, text_of
from batchcompute.server.objects.library import ObjectLibrary, OpenObject
from batchcompute.server.objects.library_errors import NoSuchObjectError
from batchcompute.server.objects.records import Attributes, ObjectRecord
from batchcompute.server.objects.staged import StagedFile

_OVERRIDES = (
    "response-cache-control",
    "response-content-disposition",
    "response-content-encoding",
    "response-content-language",
    "response-content-type",
    "response-expires",
)
#: What no header can hold.
_CONTROL = re.compile("[\0-\x08\x0a-\x1f\x7f]")
#: What a page of somebody may do in a browser that opens it: run, but as a stranger to all that has
#: the name of this machine, such as the console, whose cookies know no ports.
_SANDBOX = (
    "sandbox allow-downloads allow-forms allow-modals allow-popups "
    "allow-popups-to-escape-sandbox allow-scripts"
)
#: Browsers refuse to show it in a sandbox.
_PDF = re.compile(r"application/pdf\s*(;[^,]*)?", re.IGNORECASE)
#: Up to this length an object is read at once.
_SMALL = 256 * 1024
_MOST_DELETED = 1000
#: Links of the protocol lead to objects, and not on to other links.
_TARGET = "x-oss-symlink-target"


class ObjectOperations:
    """Answers requests about objects."""

    def __init__(self, library: ObjectLibrary) -> None:
        """Bind the objects."""
        self._library = library

    # -- reading ------------------------------------------------------------------------------

    def get(self, request: OssRequest, body: bytes) -> Reply:
        """Answer GetObject."""
        found = self._opened(request)
        try:
            record = found.record
            try:
                check_conditions(request, record)
            except NotModified:
                found.close()
                return Reply(304, _identifying(record))
            part = range_of(
                request.headers.get("range", ""),
                record.size,
                standard=request.headers.get("x-oss-range-behavior") == "standard",
            )
            headers = {**_headers(record), **_overrides(request.query)}
            headers["content-length"] = str(part.length)
            if not _PDF.fullmatch(headers.get("content-type", "")):
                headers["content-security-policy"] = _SANDBOX
            status = 200
            if part.partial:
                status = 206
                last = part.start + part.length - 1
                headers["content-range"] = f"bytes {part.start}-{last}/{record.size}"
            if part.length <= _SMALL:
                content = os.pread(found.descriptor, part.length, part.start)
                found.close()
                return Reply(status, headers, content)
        except BaseException:
            found.close()
            raise
        return Reply(status, headers, FileRange(found.descriptor, part.start, part.length))

    def head(self, request: OssRequest, body: bytes) -> Reply:
        """Answer HeadObject."""
        record = self._record(request)
        try:
            check_conditions(request, record)
        except NotModified:
            return Reply(304, _identifying(record))
        return Reply(200, {**_headers(record), "content-length": str(record.size)})

    def get_meta(self, request: OssRequest, body: bytes) -> Reply:
        """Answer GetObjectMeta: length, digest and time alone."""
        record = self._library.record(request.bucket, request.key)
        return Reply(200, {**_identifying(record), "content-length": str(record.size)})

    # -- writing ------------------------------------------------------------------------------

    def check_put(self, request: OssRequest) -> None:
        """Refuse, before its content comes, an object that cannot be written."""
        attributes_of(request)
        self._check_key(request)

    def put(self, request: OssRequest, staged: StagedFile) -> Reply:
        """Answer PutObject."""
        record = self._library.commit(
            staged,
            request.bucket,
            request.key,
            attributes_of(request),
            if_absent=request.is_set("x-oss-forbid-overwrite"),
        )
        return Reply(
            200, {**written_headers(record), "content-md5": base64.b64encode(staged.md5).decode()}
        )

    def check_append(self, request: OssRequest) -> None:
        """Refuse, before its content comes, what cannot be appended."""
        self.check_put(request)
        request.number("position", 0, 0, 2**62)

    def append(self, request: OssRequest, staged: StagedFile) -> Reply:
        """Answer AppendObject."""
        if "position" not in request.query:
            raise invalid_argument("An append names its position.", "position")
        record = self._library.append(
            request.bucket,
            request.key,
            request.number("position", 0, 0, 2**62),
            staged,
            attributes_of(request),
        )
        headers = {**written_headers(record), "x-oss-next-append-position": str(record.size)}
        return Reply(200, headers)

    def copy(self, request: OssRequest, body: bytes) -> Reply:
        """Answer CopyObject."""
        self._check_key(request)
        refuse_unserved(request.headers)
        source = source_of(request)
        found = open_source(self._library, request, source)
        staged = self._library.stage()
        try:
            record = found.record
            staged.take_from(found.descriptor, record.size)
            attributes = self._copied_attributes(request, record)
            new = self._library.commit(
                staged,
                request.bucket,
                request.key,
                attributes,
                if_absent=request.is_set("x-oss-forbid-overwrite"),
                etag=record.etag,
                crc=record.crc64,
            )
        finally:
            staged.discard()
            found.close()
        result = element(
            "CopyObjectResult",
            element("ETag", f'"{new.etag}"'),
            element("LastModified", iso(new.modified_at)),
        )
        return xml_reply(result, written_headers(new))

    def delete(self, request: OssRequest, body: bytes) -> Reply:
        """Answer DeleteObject; that there is none is no error."""
        self._library.delete(request.bucket, request.key)
        return Reply(204)

    def delete_many(self, request: OssRequest, body: bytes) -> Reply:
        """Answer DeleteMultipleObjects."""
        self._library.bucket(request.bucket)
        written = KeyWriter(request)
        root = parse(body)
        keys = [text_of(one, "Key") for one in root.findall("Object")]
        if not 0 < len(keys) <= _MOST_DELETED or not all(keys):
            raise OssError(
                400,
                "MalformedXML",
                f"The XML you provided has to name 1 to {_MOST_DELETED} objects.",
                "0031-00000001",
            )
        for key in keys:
            self._library.delete(request.bucket, key)
        if text_of(root, "Quiet").strip().lower() == "true":
            return Reply()
        return xml_reply(
            element(
                "DeleteResult",
                written.encoding(),
                [element("Deleted", written.text("Key", key)) for key in keys],
            )
        )

    # -- what is said of objects --------------------------------------------------------------

    def get_acl(self, request: OssRequest, body: bytes) -> Reply:
        """Answer GetObjectAcl."""
        record = self._library.record(request.bucket, request.key)
        return xml_reply(acl_element(record.attributes.acl))

    def put_acl(self, request: OssRequest, body: bytes) -> Reply:
        """Answer PutObjectAcl."""
        acl = check_acl(request.headers.get("x-oss-object-acl", ""), bucket=False)
        attributes = self._library.record(request.bucket, request.key).attributes
        self._library.change(request.bucket, request.key, replace(attributes, acl=acl))
        return Reply()

    def get_tags(self, request: OssRequest, body: bytes) -> Reply:
        """Answer GetObjectTagging."""
        record = self._library.record(request.bucket, request.key)
        return xml_reply(tag_set(record.attributes.tags))

    def put_tags(self, request: OssRequest, body: bytes) -> Reply:
        """Answer PutObjectTagging."""
        tags = tags_in(body)
        attributes = self._library.record(request.bucket, request.key).attributes
        self._library.change(request.bucket, request.key, replace(attributes, tags=tags))
        return Reply()

    def delete_tags(self, request: OssRequest, body: bytes) -> Reply:
        """Answer DeleteObjectTagging."""
        attributes = self._library.record(request.bucket, request.key).attributes
        self._library.change(request.bucket, request.key, replace(attributes, tags=()))
        return Reply(204)

    def put_symlink(self, request: OssRequest, body: bytes) -> Reply:
        """Answer PutSymlink."""
        self._check_key(request)
        target = unquote_to_bytes(request.headers.get(_TARGET, "")).decode(errors="replace")
        if not target:
            raise invalid_argument("A symbolic link names its target.", _TARGET)
        attributes = replace(attributes_of(request), target=target)
        if request.is_set("x-oss-forbid-overwrite") and self._exists(request):
            raise OssError(
                409,
                "FileAlreadyExists",
                "The object you specified already exists and can not be overwritten.",
                "0026-00000013",
            )
        record = self._library.put_symlink(request.bucket, request.key, attributes)
        return Reply(200, {"etag": f'"{record.etag}"'})

    def get_symlink(self, request: OssRequest, body: bytes) -> Reply:
        """Answer GetSymlink."""
        record = self._library.record(request.bucket, request.key)
        if record.kind != "Symlink":
            text = "The object is not a symbolic link."
            raise OssError(400, "NotSymlink", text, "0026-00000017")
        target = quote(record.attributes.target, safe="")
        return Reply(200, {**_identifying(record), _TARGET: target})

    # -- helpers ------------------------------------------------------------------------------

    def _opened(self, request: OssRequest) -> OpenObject:
        found = self._library.open(request.bucket, request.key)
        if found.record.kind != "Symlink":
            return found
        found.close()
        link = found.record
        try:
            target = self._library.open(request.bucket, link.attributes.target)
        except NoSuchObjectError as error:
            raise _no_target(error.what) from None
        if target.record.kind == "Symlink":
            target.close()
            raise OssError(
                409,
                "InvalidTargetType",
                "The symbolic's target object type is invalid: it is a symbolic link itself.",
                "0026-00000018",
            )
        shown = replace(target.record, kind="Symlink")
        return OpenObject(shown, target.descriptor)

    def _record(self, request: OssRequest) -> ObjectRecord:
        found = self._opened(request)
        found.close()
        return found.record

    def _exists(self, request: OssRequest) -> bool:
        try:
            self._library.record(request.bucket, request.key)
        except NoSuchObjectError:
            return False
        return True

    def _check_key(self, request: OssRequest) -> None:
        self._library.bucket(request.bucket)
        if "\0" in request.key:
            raise invalid_key("it holds a NUL")

    def _copied_attributes(self, request: OssRequest, record: ObjectRecord) -> Attributes:
        said = attributes_of(request)
        headers = request.headers
        old = record.attributes
        replaces = _directive(headers, "x-oss-metadata-directive")
        retags = _directive(headers, "x-oss-tagging-directive")
        kept = old.headers
        storage = said.storage_class if "x-oss-storage-class" in headers else "Standard"
        tags = said.tags if retags else old.tags
        if replaces:
            kept = said.headers
        return Attributes(kept, said.acl, storage, tags)


def open_source(library: ObjectLibrary, request: OssRequest, source: Source) -> OpenObject:
    """Open the source of a copy, if the conditions of the copy hold.

    Raises:
        OssError: They do not.
        LibraryError: There is no such object.
    """
    found = library.open(source.bucket, source.key)
    try:
        check_conditions(request, found.record, "x-oss-copy-source-")
    except NotModified:
        found.close()
        raise OssError(304, "NotModified", "The source is as you know it.", "") from None
    except BaseException:
        found.close()
        raise
    return found


def written_headers(record: ObjectRecord) -> dict[str, str]:
    """Return the headers that tell a writer what was written."""
    return {"etag": f'"{record.etag}"', "x-oss-hash-crc64ecma": str(record.crc64)}


def _directive(headers: Mapping[str, str], name: str) -> bool:
    value = headers.get(name, "COPY").upper()
    if value not in ("COPY", "REPLACE"):
        raise invalid_argument(f"{name} must be COPY or REPLACE.", name, value)
    return value == "REPLACE"


def _no_target(key: str) -> OssError:
    text = "The symlink target object does not exist."
    return OssError(404, "SymlinkTargetNotExist", text, "0026-00000010", {"SymlinkTarget": key})


def _identifying(record: ObjectRecord) -> dict[str, str]:
    return {
        "etag": f'"{record.etag}"',
        "last-modified": http_date(int(record.modified_at)),
        "x-oss-hash-crc64ecma": str(record.crc64),
    }


def _headers(record: ObjectRecord) -> dict[str, str]:
    attributes = record.attributes
    headers = {
        **_identifying(record),
        **attributes.headers,
        "accept-ranges": "bytes",
        "x-oss-object-type": record.kind,
        "x-oss-storage-class": attributes.storage_class,
    }
    if attributes.tags:
        headers["x-oss-tagging-count"] = str(len(attributes.tags))
    if record.kind == "Appendable":
        headers["x-oss-next-append-position"] = str(record.size)
    if record.kind == "Normal" and len(record.etag) == 32:
        headers["content-md5"] = base64.b64encode(bytes.fromhex(record.etag)).decode()
    return headers


def _overrides(query: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in _OVERRIDES:
        if name in query:
            if _CONTROL.search(query[name]):
                raise invalid_argument(f"{name} holds a control character.", name, query[name])
            found[name.removeprefix("response-")] = query[name].encode().decode("latin-1")
    return found
