"""Lists of objects: prefixes, delimiters and pages, in both versions of the protocol."""

from __future__ import annotations

import base64
import binascii
from xml.etree.ElementTree import Element

from batchcompute.server.object_api.encoding import KeyWriter
from batchcompute.server.object_api.errors import invalid_argument
from batchcompute.server.object_api.reply import Reply, xml_reply
from batchcompute.server.object_api.request import OssRequest
from batchcompute.server.object_api.times import iso
from batchcompute.server.object_api.xml import element
from batchcompute.server.objects.library import ObjectLibrary
from batchcompute.server.objects.paging import page_of
from batchcompute.server.objects.records import ObjectRecord

#: The owner of everything, in the protocol's terms.
OWNER = "batchcompute"
_MOST = 1000
_DEFAULT = 100


def list_objects(request: OssRequest, library: ObjectLibrary) -> Reply:
    """Answer GetBucket, the first version of a list."""
    query, bucket = request.query, request.bucket
    prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
    marker, limit = query.get("marker", ""), request.number("max-keys", _DEFAULT, 0, _MOST)
    page = page_of(library, bucket, prefix, delimiter, marker, limit)
    written = KeyWriter(request)
    return xml_reply(
        element(
            "ListBucketResult",
            element("Name", bucket),
            written.text("Prefix", prefix),
            written.text("Marker", marker),
            element("MaxKeys", limit),
            written.text("Delimiter", delimiter),
            written.encoding(),
            element("IsTruncated", "true" if page.last else "false"),
            [written.text("NextMarker", page.last)] if page.last else [],
            [_contents(written, record, owner=True) for record in page.records],
            written.prefixes(page.prefixes),
        )
    )


def list_objects_v2(request: OssRequest, library: ObjectLibrary) -> Reply:
    """Answer ListObjectsV2."""
    query, bucket = request.query, request.bucket
    prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
    after, token = query.get("start-after", ""), query.get("continuation-token", "")
    limit = request.number("max-keys", _DEFAULT, 0, _MOST)
    begin = _opened(token) if token else after
    page = page_of(library, bucket, prefix, delimiter, begin, limit)
    owner = query.get("fetch-owner", "").lower() == "true"
    written = KeyWriter(request)
    return xml_reply(
        element(
            "ListBucketResult",
            element("Name", bucket),
            written.text("Prefix", prefix),
            [written.text("StartAfter", after)] if after else [],
            [element("ContinuationToken", token)] if token else [],
            element("MaxKeys", limit),
            written.text("Delimiter", delimiter),
            written.encoding(),
            element("IsTruncated", "true" if page.last else "false"),
            [element("NextContinuationToken", _sealed(page.last))] if page.last else [],
            [_contents(written, record, owner=owner) for record in page.records],
            written.prefixes(page.prefixes),
            element("KeyCount", len(page.records) + len(page.prefixes)),
        )
    )


def list_versions(request: OssRequest, library: ObjectLibrary) -> Reply:
    """Answer GetBucketVersions: every object has the one version `null`."""
    query, bucket = request.query, request.bucket
    prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
    marker, limit = query.get("key-marker", ""), request.number("max-keys", _DEFAULT, 0, _MOST)
    page = page_of(library, bucket, prefix, delimiter, marker, limit)
    written = KeyWriter(request)
    following = [
        written.text("NextKeyMarker", page.last),
        element("NextVersionIdMarker", "null"),
    ]
    return xml_reply(
        element(
            "ListVersionsResult",
            element("Name", bucket),
            written.text("Prefix", prefix),
            written.text("KeyMarker", marker),
            element("VersionIdMarker", query.get("version-id-marker", "")),
            element("MaxKeys", limit),
            written.text("Delimiter", delimiter),
            written.encoding(),
            element("IsTruncated", "true" if page.last else "false"),
            following if page.last else [],
            [_version(written, record) for record in page.records],
            written.prefixes(page.prefixes),
        )
    )


def owner_element(owner_id: str = OWNER) -> list[Element]:
    """Return the element that names the owner.

    Args:
        owner_id: The owner's id; that of the service unless an account is meant.
    """
    return [element("Owner", element("ID", owner_id), element("DisplayName", OWNER))]


def _contents(written: KeyWriter, record: ObjectRecord, *, owner: bool) -> Element:
    return element(
        "Contents",
        written.text("Key", record.key),
        _described(record),
        owner_element() if owner else [],
    )


def _version(written: KeyWriter, record: ObjectRecord) -> Element:
    return element(
        "Version",
        written.text("Key", record.key),
        element("VersionId", "null"),
        element("IsLatest", "true"),
        _described(record),
        owner_element(),
    )


def _described(record: ObjectRecord) -> list[Element]:
    return [
        element("LastModified", iso(record.modified_at)),
        element("ETag", f'"{record.etag}"'),
        element("Type", record.kind),
        element("Size", record.size),
        element("StorageClass", record.attributes.storage_class),
    ]


def _sealed(key: str) -> str:
    return base64.urlsafe_b64encode(key.encode()).decode()


def _opened(token: str) -> str:
    try:
        return base64.urlsafe_b64decode(token.encode()).decode()
    except (ValueError, binascii.Error):
        message = "The continuation token is not one that was given."
        raise invalid_argument(message, "continuation-token", token) from None
