"""Operations on uploads in parts."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote
from xml.etree.ElementTree import Element

from batchcompute.server.model.whole_numbers import whole_number
from batchcompute.server.object_api.attributes import attributes_of, refuse_unserved
from batchcompute.server.object_api.conditions import range_of
from batchcompute.server.object_api.encoding import KeyWriter
from batchcompute.server.object_api.errors import OssError, invalid_argument, malformed_xml
from batchcompute.server.object_api.listing import owner_element
from batchcompute.server.object_api.objects import open_source, written_headers
from batchcompute.server.object_api.reply import Reply, xml_reply
from batchcompute.server.object_api.request import OssRequest, invalid_key
from batchcompute.server.object_api.sources import source_of
from batchcompute.server.object_api.times import iso
from batchcompute.server.object_api.xml import element, parse, text_of
from batchcompute.server.objects.library import ObjectLibrary
from batchcompute.server.objects.records import Part, Upload
from batchcompute.server.objects.staged import StagedFile
from batchcompute.server.objects.uploads import LAST_PART, Uploads

_MOST = 1000


class MultipartOperations:
    """Answers requests about uploads in parts."""

    def __init__(self, library: ObjectLibrary, uploads: Uploads) -> None:
        """Bind the objects and the uploads."""
        self._library = library
        self._uploads = uploads

    def initiate(self, request: OssRequest, body: bytes) -> Reply:
        """Answer InitiateMultipartUpload."""
        if "\0" in request.key:
            raise invalid_key("it holds a NUL")
        written = KeyWriter(request)
        upload = self._uploads.initiate(request.bucket, request.key, attributes_of(request))
        return xml_reply(
            element(
                "InitiateMultipartUploadResult",
                written.encoding(),
                element("Bucket", upload.bucket),
                written.text("Key", upload.key),
                element("UploadId", upload.upload_id),
            )
        )

    def check_part(self, request: OssRequest) -> None:
        """Refuse, before its content comes, a part that cannot be taken."""
        refuse_unserved(request.headers)
        self._number(request)
        self._upload(request)

    def put_part(self, request: OssRequest, staged: StagedFile) -> Reply:
        """Answer UploadPart."""
        part = self._uploads.put_part(self._upload(request), self._number(request), staged)
        return Reply(200, _part_headers(part))

    def copy_part(self, request: OssRequest, body: bytes) -> Reply:
        """Answer UploadPartCopy."""
        self.check_part(request)
        upload, number = self._upload(request), self._number(request)
        found = open_source(self._library, request, source_of(request))
        staged = self._library.stage()
        try:
            wanted = request.headers.get("x-oss-copy-source-range", "")
            span = range_of(wanted, found.record.size, standard=True)
            staged.write_from(found.descriptor, span.start, span.length)
            part = self._uploads.put_part(upload, number, staged)
        finally:
            staged.discard()
            found.close()
        result = element(
            "CopyPartResult",
            element("LastModified", iso(part.modified_at)),
            element("ETag", f'"{part.etag}"'),
        )
        return xml_reply(result, _part_headers(part))

    def complete(self, request: OssRequest, body: bytes) -> Reply:
        """Answer CompleteMultipartUpload."""
        upload = self._upload(request)
        written = KeyWriter(request)
        wanted: list[tuple[int, str]] | None
        if request.headers.get("x-oss-complete-all", "").lower() == "yes":
            if body.strip():
                message = "With x-oss-complete-all the body must be empty."
                raise invalid_argument(message, "x-oss-complete-all", "yes")
            wanted = None
        else:
            wanted = _wanted(body)
        record = self._uploads.complete(
            upload,
            wanted,
            attributes=upload.attributes,
            if_absent=request.is_set("x-oss-forbid-overwrite"),
        )
        location = f"http://{request.host}/{upload.bucket}/{quote(upload.key)}"
        result = element(
            "CompleteMultipartUploadResult",
            written.encoding(),
            element("Location", location),
            element("Bucket", upload.bucket),
            written.text("Key", upload.key),
            element("ETag", f'"{record.etag}"'),
        )
        return xml_reply(result, written_headers(record))

    def abort(self, request: OssRequest, body: bytes) -> Reply:
        """Answer AbortMultipartUpload."""
        self._uploads.abort(self._upload(request))
        return Reply(204)

    def list_parts(self, request: OssRequest, body: bytes) -> Reply:
        """Answer ListParts."""
        upload = self._upload(request)
        marker = request.number("part-number-marker", 0, 0, 2**31)
        limit = request.number("max-parts", _MOST, 1, _MOST)
        found = [part for part in self._uploads.parts(upload) if part.number > marker]
        page, more = found[:limit], len(found) > limit
        written = KeyWriter(request)
        return xml_reply(
            element(
                "ListPartsResult",
                written.encoding(),
                element("Bucket", upload.bucket),
                written.text("Key", upload.key),
                element("UploadId", upload.upload_id),
                element("StorageClass", upload.attributes.storage_class),
                element("PartNumberMarker", marker),
                element("NextPartNumberMarker", page[-1].number if page else marker),
                element("MaxParts", limit),
                element("IsTruncated", "true" if more else "false"),
                [_part_element(part) for part in page],
            )
        )

    def list_uploads(self, request: OssRequest, body: bytes) -> Reply:
        """Answer ListMultipartUploads."""
        query, bucket = request.query, request.bucket
        prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
        key_marker, id_marker = query.get("key-marker", ""), query.get("upload-id-marker", "")
        limit = request.number("max-uploads", _MOST, 1, _MOST)
        # Without an id, everything of the marker's key is over.
        begin = (key_marker, id_marker if id_marker else "\U0010ffff" if key_marker else "")
        shown: list[Upload] = []
        prefixes: list[str] = []
        following: tuple[str, str] | None = None
        last = begin
        for upload in self._after(bucket, begin):
            if not upload.key.startswith(prefix):
                continue
            at = upload.key.find(delimiter, len(prefix)) if delimiter else -1
            group = upload.key[: at + len(delimiter)] if at >= 0 else ""
            if group and (group in prefixes or group <= key_marker):
                continue
            if len(shown) + len(prefixes) == limit:
                following = last
                break
            if group:
                prefixes.append(group)
            else:
                shown.append(upload)
            last = (group or upload.key, "" if group else upload.upload_id)
        written = KeyWriter(request)
        return xml_reply(
            element(
                "ListMultipartUploadsResult",
                written.encoding(),
                element("Bucket", bucket),
                written.text("KeyMarker", key_marker),
                element("UploadIdMarker", id_marker),
                written.text("NextKeyMarker", following[0] if following else ""),
                element("NextUploadIdMarker", following[1] if following else ""),
                written.text("Delimiter", delimiter),
                written.text("Prefix", prefix),
                element("MaxUploads", limit),
                element("IsTruncated", "true" if following else "false"),
                [
                    element(
                        "Upload",
                        written.text("Key", upload.key),
                        element("UploadId", upload.upload_id),
                        element("StorageClass", upload.attributes.storage_class),
                        element("Initiated", iso(upload.initiated_at)),
                        owner_element(),
                    )
                    for upload in shown
                ],
                written.prefixes(prefixes),
            )
        )

    def _after(self, bucket: str, begin: tuple[str, str]) -> Sequence[Upload]:
        found: list[Upload] = []
        while True:
            page = self._uploads.list(bucket, *begin, _MOST)
            found += page
            if len(page) < _MOST:
                return found
            begin = (page[-1].key, page[-1].upload_id)

    def _upload(self, request: OssRequest) -> Upload:
        return self._uploads.get(request.bucket, request.key, request.query["uploadId"])

    def _number(self, request: OssRequest) -> int:
        number = request.number("partNumber", 0, 1, LAST_PART)
        if not number:
            raise invalid_argument("A part has a number.", "partNumber")
        return number


def _wanted(body: bytes) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    for part in parse(body).findall("Part"):
        number = whole_number(text_of(part, "PartNumber").strip(), 0, 99_999)
        if number is None:
            raise malformed_xml("A PartNumber in the XML you provided is not a number.")
        found.append((number, text_of(part, "ETag")))
    if not found:
        raise malformed_xml("The XML you provided names no part.")
    if len(found) > LAST_PART:
        text = f"An upload has at most {LAST_PART} parts."
        raise OssError(400, "InvalidArgument", text, "0042-00000001")
    return found


def _part_element(part: Part) -> Element:
    return element(
        "Part",
        element("PartNumber", part.number),
        element("LastModified", iso(part.modified_at)),
        element("ETag", f'"{part.etag}"'),
        element("HashCrc64ecma", part.crc64),
        element("Size", part.size),
    )


def _part_headers(part: Part) -> dict[str, str]:
    return {"etag": f'"{part.etag}"', "x-oss-hash-crc64ecma": str(part.crc64)}
