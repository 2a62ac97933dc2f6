"""OSS through the vendor's current client, which signs with version 4 and checks CRCs."""

from __future__ import annotations

import datetime
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from batchcompute.server.objects.remote.keys import StoreKey
from batchcompute.server.objects.remote.location import Location
from batchcompute.server.objects.remote.wire import (
    CONNECT_SECONDS,
    READ_SECONDS,
    STEP,
    Download,
    Entry,
    WireError,
    bare_etag,
    range_header,
)


class OssWire:
    """The verbs of `Wire`. The client makes no threads."""

    may_be_forked = True

    def __init__(self, location: Location, key: StoreKey) -> None:
        """Make a client; it connects with the first request.

        Args:
            location: Where to.
            key: Who asks.

        Raises:
            ModuleNotFoundError: The client is not installed.
        """
        # The package has no types that a checker could use.
        self._oss: Any = import_module("alibabacloud_oss_v2")
        config: Any = self._oss.config.load_default()
        config.credentials_provider = self._oss.credentials.StaticCredentialsProvider(
            key.key_id, key.secret, key.token or None
        )
        config.endpoint = location.endpoint
        config.region = location.region
        config.use_path_style = location.path_style
        config.connect_timeout = CONNECT_SECONDS
        config.readwrite_timeout = READ_SECONDS
        # `Patience` does that, where a signal can break it off.
        config.retryer = self._oss.retry.NopRetryer()
        if location.trusted:
            config.http_client = _trusting(location.trusted)
        self._client: Any = self._oss.Client(config)

    def put(self, bucket: str, key: str, data: bytes, *, if_absent: bool = False) -> None:
        """See `Wire.put`."""
        with self._translating():
            self._client.put_object(
                self._oss.PutObjectRequest(
                    bucket=bucket, key=key, body=data, forbid_overwrite=if_absent or None
                )
            )

    def head(self, bucket: str, key: str) -> Entry:
        """See `Wire.head`."""
        with self._translating():
            found = self._client.head_object(self._oss.HeadObjectRequest(bucket=bucket, key=key))
        moment = _seconds(found.last_modified)
        return Entry(key, found.content_length, moment, bare_etag(found.etag))

    def get(self, bucket: str, key: str, span: tuple[int, int | None], etag: str = "") -> Download:
        """See `Wire.get`."""
        with self._translating():
            found = self._client.get_object(
                self._oss.GetObjectRequest(
                    bucket=bucket,
                    key=key,
                    range_header=range_header(span),
                    # Otherwise the whole object would be sent for a range behind its end.
                    range_behavior="standard",
                    if_match=etag or None,
                )
            )
        checksum = found.hash_crc64
        return Download(
            found.etag,
            found.content_length,
            int(checksum) if checksum else None,
            self._pieces(found.body.iter_bytes(block_size=STEP)),
            found.body.close,
        )

    def page(self, bucket: str, prefix: str, token: str) -> tuple[Sequence[Entry], str]:
        """See `Wire.page`."""
        with self._translating():
            found = self._client.list_objects_v2(
                self._oss.ListObjectsV2Request(
                    bucket=bucket,
                    prefix=prefix,
                    continuation_token=token or None,
                    encoding_type="url",
                    max_keys=1000,
                )
            )
        entries = [
            Entry(each.key, each.size, _seconds(each.last_modified), bare_etag(each.etag))
            for each in found.contents or ()
        ]
        return entries, (found.next_continuation_token or "") if found.is_truncated else ""

    def copy(self, source: tuple[str, str], target: tuple[str, str]) -> None:
        """See `Wire.copy`."""
        with self._translating():
            self._client.copy_object(
                self._oss.CopyObjectRequest(
                    bucket=target[0],
                    key=target[1],
                    source_bucket=source[0],
                    source_key=source[1],
                )
            )

    def delete(self, bucket: str, key: str) -> None:
        """See `Wire.delete`."""
        with self._translating():
            self._client.delete_object(self._oss.DeleteObjectRequest(bucket=bucket, key=key))

    def begin(self, bucket: str, key: str) -> str:
        """See `Wire.begin`."""
        with self._translating():
            found = self._client.initiate_multipart_upload(
                self._oss.InitiateMultipartUploadRequest(bucket=bucket, key=key)
            )
        return str(found.upload_id)

    def put_part(self, bucket: str, key: str, upload: str, number: int, data: bytes) -> str:
        """See `Wire.put_part`."""
        with self._translating():
            found = self._client.upload_part(
                self._oss.UploadPartRequest(
                    bucket=bucket, key=key, upload_id=upload, part_number=number, body=data
                )
            )
        return str(found.etag)

    def complete(self, bucket: str, key: str, upload: str, etags: Sequence[str]) -> None:
        """See `Wire.complete`."""
        parts = [
            self._oss.UploadPart(part_number=number, etag=etag)
            for number, etag in enumerate(etags, 1)
        ]
        with self._translating():
            self._client.complete_multipart_upload(
                self._oss.CompleteMultipartUploadRequest(
                    bucket=bucket,
                    key=key,
                    upload_id=upload,
                    complete_multipart_upload=self._oss.CompleteMultipartUpload(parts=parts),
                )
            )

    def abort(self, bucket: str, key: str, upload: str) -> None:
        """See `Wire.abort`."""
        with self._translating():
            self._client.abort_multipart_upload(
                self._oss.AbortMultipartUploadRequest(bucket=bucket, key=key, upload_id=upload)
            )

    def check(self, bucket: str) -> None:
        """See `Wire.check`."""
        with self._translating():
            if bucket:
                self._client.list_objects_v2(
                    self._oss.ListObjectsV2Request(bucket=bucket, max_keys=1)
                )
            else:
                self._client.list_buckets(self._oss.ListBucketsRequest(max_keys=1))

    def _pieces(self, pieces: Iterator[bytes]) -> Generator[bytes]:
        with self._translating():
            yield from pieces

    @contextmanager
    def _translating(self) -> Generator[None]:
        errors: Any = self._oss.exceptions
        try:
            yield
        except errors.ServiceError as error:
            raise _answered(error) from None
        except errors.OperationError as error:
            cause = error.unwrap()
            while callable(getattr(cause, "unwrap", None)) and cause.unwrap() is not None:
                cause = cause.unwrap()
            if isinstance(cause, errors.ServiceError):
                raise _answered(cause) from None
            if isinstance(cause, errors.BaseError) and not isinstance(
                cause, (errors.RequestError, errors.ResponseError, errors.InconsistentError)
            ):
                # It was not even sent.
                raise WireError(str(cause), "InvalidRequest", 400) from None
            raise WireError(str(cause)) from None
        except OSError as error:
            # Errors while a body is read are those of the HTTP library.
            raise WireError(str(error)) from None


def _trusting(path: str) -> Any:
    """Return what sends requests to a store whose certificate is signed by those in a file."""
    transport: Any = import_module("alibabacloud_oss_v2.transport.requests_client")
    adapters: Any = import_module("requests.adapters")

    class Trusting(adapters.HTTPAdapter):  # type: ignore[misc]
        def send(self, request: Any, *given: Any, **named: Any) -> Any:
            named["verify"] = path
            return adapters.HTTPAdapter.send(self, request, *given, **named)

    return transport.RequestsHttpClient(
        adapter=Trusting(max_retries=0),
        connect_timeout=CONNECT_SECONDS,
        readwrite_timeout=READ_SECONDS,
    )


def _answered(error: Any) -> WireError:
    code, message = str(error.code or ""), str(error.message or "")
    if code == "BadErrorResponse":
        code = ""
    return WireError(message, code, int(error.status_code or 0))


def _seconds(moment: Any) -> float:
    if isinstance(moment, str):
        moment = datetime.datetime.strptime(moment, "%a, %d %b %Y %H:%M:%S %Z")
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.UTC)
    return float(moment.timestamp())
