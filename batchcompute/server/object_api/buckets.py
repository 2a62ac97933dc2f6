"""Operations on the service and on buckets."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from xml.etree.ElementTree import Element

from batchcompute.server.object_api.access import check_acl
from batchcompute.server.object_api.errors import OssError, invalid_argument
from batchcompute.server.object_api.listing import owner_element
from batchcompute.server.object_api.reply import Reply, xml_reply
from batchcompute.server.object_api.request import OssRequest
from batchcompute.server.object_api.tagging import tag_set, tags_in
from batchcompute.server.object_api.times import iso
from batchcompute.server.object_api.xml import element, parse, text_of
from batchcompute.server.objects.library import ObjectLibrary
from batchcompute.server.objects.library_errors import BucketExistsError
from batchcompute.server.objects.owners import reserved_for
from batchcompute.server.objects.records import Bucket
from batchcompute.server.objects.uploads import Uploads

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]", re.ASCII)
STORAGE_CLASSES = ("Standard", "IA", "Archive", "ColdArchive", "DeepColdArchive")


class BucketOperations:
    """Answers requests about buckets."""

    def __init__(
        self, library: ObjectLibrary, uploads: Uploads, region: str, endpoint: str
    ) -> None:
        """Bind the parts.

        Args:
            library: The objects.
            uploads: The uploads of the library.
            region: Region id that buckets are said to be in.
            endpoint: URL under which clients reach every bucket.
        """
        self._library = library
        self._uploads = uploads
        self._region = region
        self._endpoint = endpoint

    def list_buckets(self, request: OssRequest, body: bytes) -> Reply:
        """Answer GetService."""
        prefix, marker = request.query.get("prefix", ""), request.query.get("marker", "")
        limit = request.number("max-keys", 100, 1, 1000)
        found = [
            bucket
            for bucket in self._library.buckets()
            if bucket.name.startswith(prefix)
            and bucket.name > marker
            and self._library.owners.leave(request.caller, bucket.name)
        ]
        page, more = found[:limit], len(found) > limit
        paging = [
            element("Prefix", prefix),
            element("Marker", marker),
            element("MaxKeys", limit),
            element("IsTruncated", "true"),
            element("NextMarker", page[-1].name if page else ""),
        ]
        return xml_reply(
            element(
                "ListAllMyBucketsResult",
                paging if more else [],
                # Tells the holders of a key which account it belongs to.
                owner_element(str(request.caller.account)),
                element("Buckets", [element("Bucket", self._described(one)) for one in page]),
            )
        )

    def create(self, request: OssRequest, body: bytes) -> Reply:
        """Answer PutBucket."""
        if not _NAME.fullmatch(request.bucket):
            raise OssError(
                400,
                "InvalidBucketName",
                "The specified bucket is not valid: 3 to 63 lower-case letters, digits and '-', "
                "with a letter or digit at both ends.",
                "0015-00000001",
                {"BucketName": request.bucket},
            )
        acl = check_acl(request.headers.get("x-oss-acl", "private"), bucket=True)
        storage = "Standard"
        if body.strip():
            storage = text_of(parse(body), "StorageClass", "Standard")
        if storage not in STORAGE_CLASSES:
            raise invalid_argument("There is no such storage class.", "StorageClass", storage)
        bucket = Bucket(request.bucket, time.time(), acl, storage)
        try:
            # An administrator may make one whose name is reserved for an account.
            owner = reserved_for(request.bucket) or request.caller.account
            self._library.create_bucket(bucket, owner)
        except BucketExistsError:
            # Its owner may say so again, and changes its ACL by that.
            existing = self._library.bucket(request.bucket)
            if "x-oss-acl" in request.headers and acl != existing.acl:
                self._library.change_bucket(replace(existing, acl=acl))
        return Reply(200, {"location": f"/{request.bucket}"})

    def delete(self, request: OssRequest, body: bytes) -> Reply:
        """Answer DeleteBucket."""
        self._library.delete_bucket(request.bucket)
        return Reply(204)

    def info(self, request: OssRequest, body: bytes) -> Reply:
        """Answer GetBucketInfo."""
        bucket = self._library.bucket(request.bucket)
        more = [
            *owner_element(),
            element("AccessControlList", element("Grant", bucket.acl)),
            element("DataRedundancyType", "LRS"),
            element("BlockPublicAccess", "false"),
            element("Comment", ""),
            element("ResourceGroupId", ""),
            element(
                "ServerSideEncryptionRule",
                element("SSEAlgorithm", "None"),
            ),
        ]
        described = element("Bucket", self._described(bucket), more)
        return xml_reply(element("BucketInfo", described))

    def location(self, request: OssRequest, body: bytes) -> Reply:
        """Answer GetBucketLocation."""
        self._library.bucket(request.bucket)
        return xml_reply(element("LocationConstraint", f"oss-{self._region}"))

    def statistics(self, request: OssRequest, body: bytes) -> Reply:
        """Answer GetBucketStat, by counting."""
        count = size = latest = 0
        keys = self._library.keys(request.bucket, "", b"", folders=False)
        page: list[str] = []

        def add() -> None:
            nonlocal size, latest
            for record in self._library.records(request.bucket, page).values():
                size += record.size
                latest = max(latest, int(record.modified_at))
            page.clear()

        for key in keys:
            count += 1
            page.append(key.decode())
            if len(page) == 1000:
                add()
        if page:
            add()
        uploads = self._uploads.list(request.bucket, "", "", 1_000_000)
        return xml_reply(
            element(
                "BucketStat",
                element("Storage", size),
                element("ObjectCount", count),
                element("MultipartUploadCount", len(uploads)),
                element("LiveChannelCount", 0),
                element("LastModifiedTime", latest),
                element("StandardStorage", size),
                element("StandardObjectCount", count),
            )
        )

    def get_acl(self, request: OssRequest, body: bytes) -> Reply:
        """Answer GetBucketAcl."""
        return xml_reply(acl_element(self._library.bucket(request.bucket).acl))

    def put_acl(self, request: OssRequest, body: bytes) -> Reply:
        """Answer PutBucketAcl."""
        acl = check_acl(request.headers.get("x-oss-acl", ""), bucket=True)
        self._library.change_bucket(replace(self._library.bucket(request.bucket), acl=acl))
        return Reply()

    def get_tags(self, request: OssRequest, body: bytes) -> Reply:
        """Answer GetBucketTags."""
        return xml_reply(tag_set(self._library.bucket(request.bucket).tags))

    def put_tags(self, request: OssRequest, body: bytes) -> Reply:
        """Answer PutBucketTags."""
        bucket = self._library.bucket(request.bucket)
        self._library.change_bucket(replace(bucket, tags=tags_in(body, most=20)))
        return Reply()

    def delete_tags(self, request: OssRequest, body: bytes) -> Reply:
        """Answer DeleteBucketTags."""
        bucket = self._library.bucket(request.bucket)
        gone = request.query.get("tagging", "")
        names = gone.split(",") if gone else [name for name, _ in bucket.tags]
        left = tuple((name, value) for name, value in bucket.tags if name not in names)
        self._library.change_bucket(replace(bucket, tags=left))
        return Reply(204)

    def get_versioning(self, request: OssRequest, body: bytes) -> Reply:
        """Answer GetBucketVersioning: it was never switched on."""
        self._library.bucket(request.bucket)
        return xml_reply(element("VersioningConfiguration"))

    def list_channels(self, request: OssRequest, body: bytes) -> Reply:
        """Answer ListLiveChannel: there are none."""
        self._library.bucket(request.bucket)
        return xml_reply(
            element(
                "ListLiveChannelResult",
                element("Prefix", request.query.get("prefix", "")),
                element("Marker", request.query.get("marker", "")),
                element("MaxKeys", request.number("max-keys", 100, 1, 1000)),
                element("IsTruncated", "false"),
                element("NextMarker", ""),
            )
        )

    def _described(self, bucket: Bucket) -> list[Element]:
        return [
            element("Comment", ""),
            element("CreationDate", iso(bucket.created_at)),
            element("ExtranetEndpoint", self._endpoint),
            element("IntranetEndpoint", self._endpoint),
            element("Location", f"oss-{self._region}"),
            element("Name", bucket.name),
            element("Region", self._region),
            element("StorageClass", bucket.storage_class),
        ]


def acl_element(acl: str) -> Element:
    """Return the document that says who may read and write."""
    return element(
        "AccessControlPolicy",
        owner_element(),
        element("AccessControlList", element("Grant", acl)),
    )
