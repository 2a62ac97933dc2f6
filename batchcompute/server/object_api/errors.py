"""Errors as the object protocol reports them."""

from __future__ import annotations

from collections.abc import Mapping

from batchcompute.server.objects import library_errors as library


class OssError(Exception):
    """A request cannot be answered as it was meant.

    Attributes:
        status: HTTP status code.
        code: Word that clients tell errors apart by.
        message: What is wrong, for people.
        ec: The protocol's finer code.
        details: More elements of the answer.
        headers: More headers of the answer.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        ec: str,
        details: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Describe an error."""
        super().__init__(code, message)
        self.status = status
        self.code = code
        self.message = message
        self.ec = ec
        self.details = dict(details or {})
        self.headers = dict(headers or {})


def access_denied(message: str, ec: str = "0003-00000001") -> OssError:
    """Return the error for a caller who may not do this."""
    return OssError(403, "AccessDenied", message, ec)


def invalid_argument(message: str, name: str = "", value: str = "") -> OssError:
    """Return the error for a parameter, header or element that cannot be used."""
    details = {"ArgumentName": name, "ArgumentValue": value} if name else {}
    return OssError(400, "InvalidArgument", message, "0017-00000001", details)


def malformed_xml(message: str) -> OssError:
    """Return the error for a body that is not the XML that was expected."""
    return OssError(400, "MalformedXML", message, "0031-00000001")


def not_implemented(what: str) -> OssError:
    """Return the error for a part of the protocol that is not served here."""
    text = f"{what} is not implemented by this object store. Nothing was changed."
    return OssError(501, "NotImplemented", text, "0028-00000001")


def translated(error: library.LibraryError, bucket: str) -> OssError:
    """Return a refusal of the library in the protocol's words.

    Args:
        error: The refusal.
        bucket: The bucket of the request.
    """
    match error:
        case library.NoSuchBucketError():
            text = "The specified bucket does not exist."
            details = {"BucketName": error.what}
            return OssError(404, "NoSuchBucket", text, "0015-00000101", details)
        case library.BucketExistsError():
            text = "The requested bucket name is not available. It exists already."
            return OssError(409, "BucketAlreadyExists", text, "0015-00000104")
        case library.BucketNotEmptyError():
            text = "The bucket has objects or parts of uploads. Please delete them first."
            details = {"BucketName": bucket}
            return OssError(409, "BucketNotEmpty", text, "0015-00000301", details)
        case library.NoSuchObjectError():
            text = "The specified key does not exist."
            return OssError(404, "NoSuchKey", text, "0026-00000001", {"Key": error.what})
        case library.ObjectExistsError():
            text = "The object you specified already exists and can not be overwritten."
            return OssError(409, "FileAlreadyExists", text, "0026-00000013")
        case library.NoSuchUploadError():
            text = (
                "The specified upload does not exist. The upload ID may be invalid, or the upload "
                "may have been aborted or completed."
            )
            details = {"UploadId": error.what}
            return OssError(404, "NoSuchUpload", text, "0042-00000002", details)
        case library.PartError():
            text = (
                "One or more of the specified parts could not be found or the specified entity "
                "tag might not have matched the part's entity tag."
            )
            return OssError(400, "InvalidPart", text, "0042-00000020", {"PartNumber": error.what})
        case library.PartOrderError():
            text = "The list of parts was not in ascending order."
            return OssError(400, "InvalidPartOrder", text, "0042-00000021")
        case library.PartTooSmallError():
            text = "Your proposed upload is smaller than the minimum allowed object size (100 KiB)."
            return OssError(
                400, "EntityTooSmall", text, "0042-00000013", {"PartNumber": error.what}
            )
        case library.NotAppendableError():
            text = "The object is not appendable."
            return OssError(409, "ObjectNotAppendable", text, "0026-00000011")
        case library.PositionError():
            return OssError(
                409,
                "PositionNotEqualToLength",
                "Position is not equal to file length.",
                "0026-00000016",
                headers={"x-oss-next-append-position": str(error.length)},
            )
        case _:
            return OssError(500, "InternalError", "The request cannot be served.", "0004-00000001")


def internal_error(error: Exception) -> OssError:
    """Return the error for a request that failed by a fault of the service.

    Args:
        error: What happened.
    """
    if isinstance(error, OSError) and error.strerror:
        text = f"The object store cannot do this now: {error.strerror}."
    else:
        text = "We encountered an internal error. Please try again."
    return OssError(500, "InternalError", text, "0004-00000001")
