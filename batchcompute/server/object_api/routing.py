"""Which operation a request is, told by its method and its parameters."""

from __future__ import annotations

from collections.abc import Mapping

from batchcompute.server.object_api.errors import OssError, not_implemented
from batchcompute.server.object_api.request import OssRequest
from batchcompute.server.object_api.sources import no_version

#: Operations of the service, of buckets and of objects: method and the parameter that tells them
#: apart from others of the same method ("" for none), in the order in which they are looked for.
SERVICE = {("GET", ""): "ListBuckets"}
BUCKET = {
    ("GET", "bucketInfo"): "GetBucketInfo",
    ("GET", "location"): "GetBucketLocation",
    ("GET", "stat"): "GetBucketStat",
    ("GET", "acl"): "GetBucketAcl",
    ("PUT", "acl"): "PutBucketAcl",
    ("GET", "tagging"): "GetBucketTags",
    ("PUT", "tagging"): "PutBucketTags",
    ("DELETE", "tagging"): "DeleteBucketTags",
    ("GET", "versioning"): "GetBucketVersioning",
    ("GET", "versions"): "ListObjectVersions",
    ("GET", "uploads"): "ListMultipartUploads",
    ("GET", "live"): "ListLiveChannel",
    ("POST", "delete"): "DeleteMultipleObjects",
    ("GET", "list-type"): "ListObjectsV2",
    ("GET", ""): "ListObjects",
    ("PUT", ""): "PutBucket",
    ("DELETE", ""): "DeleteBucket",
}
OBJECT = {
    ("GET", "acl"): "GetObjectAcl",
    ("PUT", "acl"): "PutObjectAcl",
    ("GET", "tagging"): "GetObjectTagging",
    ("PUT", "tagging"): "PutObjectTagging",
    ("DELETE", "tagging"): "DeleteObjectTagging",
    ("GET", "symlink"): "GetSymlink",
    ("PUT", "symlink"): "PutSymlink",
    ("GET", "objectMeta"): "GetObjectMeta",
    ("HEAD", "objectMeta"): "GetObjectMeta",
    ("POST", "append"): "AppendObject",
    ("POST", "uploads"): "InitiateMultipartUpload",
    ("PUT", "uploadId"): "UploadPart",
    ("POST", "uploadId"): "CompleteMultipartUpload",
    ("DELETE", "uploadId"): "AbortMultipartUpload",
    ("GET", "uploadId"): "ListParts",
    ("GET", ""): "GetObject",
    ("HEAD", ""): "HeadObject",
    ("PUT", ""): "PutObject",
    ("DELETE", ""): "DeleteObject",
}

#: Other operations of the protocol, each told by its parameter.
UNSERVED = frozenset(
    [
        "accessMonitor",
        "accessPoint",
        "accessPointConfigForObjectProcess",
        "accessPointForObjectProcess",
        "accessPointPolicy",
        "accessPointPolicyForObjectProcess",
        "asyncFetch",
        "bucketArchiveDirectRead",
        "callback",
        "callback-var",
        "cloudboxes",
        "cname",
        "comp",
        "cors",
        "encryption",
        "httpsConfig",
        "img",
        "inventory",
        "inventoryId",
        "lifecycle",
        "link",
        "logging",
        "metaQuery",
        "objectWorm",
        "overwriteConfig",
        "policy",
        "policyStatus",
        "processConfiguration",
        "publicAccessBlock",
        "qos",
        "qosInfo",
        "qosRequester",
        "quota",
        "redundancyTransition",
        "referer",
        "regionList",
        "replication",
        "replicationLocation",
        "replicationProgress",
        "requestPayment",
        "requesterQosInfo",
        "resourceGroup",
        "resourcePool",
        "restore",
        "rtc",
        "sealAppend",
        "select",
        "status",
        "style",
        "styleName",
        "transferAcceleration",
        "udf",
        "udfApplication",
        "udfApplicationLog",
        "udfImage",
        "userDefinedLogFieldsConfig",
        "vod",
        "website",
        "worm",
        "wormExtend",
        "wormId",
        "x-oss-async-process",
        "x-oss-process",
        "x-oss-write-get-object-response",
    ]
)


def operation_of(request: OssRequest) -> str:
    """Return the name of the operation that a request is.

    Raises:
        OssError: It is one that is not served, or none.
    """
    for name in sorted(request.query):
        if name in UNSERVED:
            raise not_implemented(f"'{name}'")
    version = request.query.get("versionId", "null")
    if version not in ("null", ""):
        raise no_version()
    table: Mapping[tuple[str, str], str] = SERVICE
    if request.bucket:
        table = OBJECT if request.key else BUCKET
    name = next(
        (
            found
            for (method, parameter), found in table.items()
            if method == request.method and (not parameter or parameter in request.query)
        ),
        "",
    )
    if not name and request.method in ("POST", "OPTIONS"):
        raise not_implemented(f"{request.method} without a known parameter")
    if not name:
        text = "The specified method is not allowed against this resource."
        raise OssError(405, "MethodNotAllowed", text, "0007-00000001")
    if name in ("PutObject", "UploadPart") and "x-oss-copy-source" in request.headers:
        return "CopyObject" if name == "PutObject" else "UploadPartCopy"
    return name
