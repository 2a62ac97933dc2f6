"""S3 through the client that its maker publishes."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from batchcompute._version import __version__
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

_DIGEST = re.compile(r"[0-9a-f]{32}", re.ASCII)


class S3Wire:
    """The verbs of `Wire`. The client makes no threads.

    Attributes:
        may_be_forked: False if it has an access key that it fetches anew now and then, over a
            connection that forked processes would share.
    """

    def __init__(self, location: Location, key: StoreKey | None) -> None:
        """Make a client; it connects with the first request.

        Args:
            location: Where to.
            key: Who asks; None leaves it to the environment, the user's files and the machine's
                role, as with every program of that client.

        Raises:
            ModuleNotFoundError: The client is not installed.
            ValueError: It finds no access key.
        """
        # The package has no types.
        botocore: Any = import_module("botocore.session")
        config: Any = import_module("botocore.config")
        self._errors: Any = import_module("botocore.exceptions")
        self._http_errors: Any = import_module("urllib3.exceptions")
        session = botocore.get_session()
        if key is not None:
            session.set_credentials(key.key_id, key.secret, key.token or None)
        elif session.get_credentials() is None:
            raise ValueError(
                "there is no access key for the object store: set AWS_ACCESS_KEY_ID and "
                "AWS_SECRET_ACCESS_KEY, or add credentials=FILE to its URL"
            )
        refreshed: Any = import_module("botocore.credentials").RefreshableCredentials
        self.may_be_forked = not isinstance(session.get_credentials(), refreshed)
        self._client: Any = session.create_client(
            "s3",
            region_name=location.region,
            endpoint_url=location.endpoint,
            verify=location.trusted or None,
            config=config.Config(
                signature_version="s3v4",
                connect_timeout=CONNECT_SECONDS,
                read_timeout=READ_SECONDS,
                # `Patience` does that, where a signal can break it off.
                retries={"total_max_attempts": 1},
                s3={"addressing_style": "path" if location.path_style else "virtual"},
                # Its own checksums are framed in a way that not every S3 of others understands;
                # all check `Content-MD5`.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
                user_agent_extra=f"batchcompute/{__version__}",
            ),
        )

    def put(self, bucket: str, key: str, data: bytes, *, if_absent: bool = False) -> None:
        """See `Wire.put`."""
        condition = {"IfNoneMatch": "*"} if if_absent else {}
        with self._translating():
            self._client.put_object(
                Bucket=bucket, Key=key, Body=data, ContentMD5=_md5(data), **condition
            )

    def head(self, bucket: str, key: str) -> Entry:
        """See `Wire.head`."""
        try:
            with self._translating():
                found = self._client.head_object(Bucket=bucket, Key=key)
        except WireError as error:
            # Such an answer has no body that would say what is not there.
            if error.status == 404 and not self._has_bucket(bucket):
                raise WireError("there is no such bucket", "NoSuchBucket", 404) from None
            raise
        moment = found["LastModified"].timestamp()
        return Entry(key, found["ContentLength"], moment, bare_etag(found.get("ETag")))

    def _has_bucket(self, bucket: str) -> bool:
        """Return whether there is such a bucket; True if the store does not say."""
        try:
            with self._translating():
                self._client.head_bucket(Bucket=bucket)
        except WireError as error:
            return error.status != 404
        return True

    def get(self, bucket: str, key: str, span: tuple[int, int | None], etag: str = "") -> Download:
        """See `Wire.get`."""
        wanted = range_header(span)
        options = {"Range": wanted} if wanted else {}
        if etag:
            options["IfMatch"] = etag
        with self._translating():
            found = self._client.get_object(Bucket=bucket, Key=key, **options)
        body = found["Body"]
        etag = bare_etag(found["ETag"])
        # That of an object in parts is none, and with a key of somebody's the store has its own.
        is_digest = not {"SSEKMSKeyId", "SSECustomerAlgorithm"} & found.keys()
        return Download(
            found["ETag"],
            found["ContentLength"],
            None,
            self._pieces(body),
            body.close,
            etag if is_digest and _DIGEST.fullmatch(etag) else "",
        )

    def page(self, bucket: str, prefix: str, token: str) -> tuple[Sequence[Entry], str]:
        """See `Wire.page`."""
        options = {"ContinuationToken": token} if token else {}
        with self._translating():
            found = self._client.list_objects_v2(Bucket=bucket, Prefix=prefix, **options)
        entries = [
            Entry(
                each["Key"],
                each["Size"],
                each["LastModified"].timestamp(),
                bare_etag(each.get("ETag")),
            )
            for each in found.get("Contents", ())
        ]
        return entries, found.get("NextContinuationToken", "") if found["IsTruncated"] else ""

    def copy(self, source: tuple[str, str], target: tuple[str, str]) -> None:
        """See `Wire.copy`."""
        with self._translating():
            self._client.copy_object(
                Bucket=target[0],
                Key=target[1],
                CopySource={"Bucket": source[0], "Key": source[1]},
            )

    def delete(self, bucket: str, key: str) -> None:
        """See `Wire.delete`."""
        with self._translating():
            self._client.delete_object(Bucket=bucket, Key=key)

    def begin(self, bucket: str, key: str) -> str:
        """See `Wire.begin`."""
        with self._translating():
            return str(self._client.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"])

    def put_part(self, bucket: str, key: str, upload: str, number: int, data: bytes) -> str:
        """See `Wire.put_part`."""
        with self._translating():
            found = self._client.upload_part(
                Bucket=bucket,
                Key=key,
                UploadId=upload,
                PartNumber=number,
                Body=data,
                ContentMD5=_md5(data),
            )
        return str(found["ETag"])

    def complete(self, bucket: str, key: str, upload: str, etags: Sequence[str]) -> None:
        """See `Wire.complete`."""
        parts = [{"PartNumber": number, "ETag": etag} for number, etag in enumerate(etags, 1)]
        with self._translating():
            self._client.complete_multipart_upload(
                Bucket=bucket, Key=key, UploadId=upload, MultipartUpload={"Parts": parts}
            )

    def abort(self, bucket: str, key: str, upload: str) -> None:
        """See `Wire.abort`."""
        with self._translating():
            self._client.abort_multipart_upload(Bucket=bucket, Key=key, UploadId=upload)

    def check(self, bucket: str) -> None:
        """See `Wire.check`."""
        with self._translating():
            if bucket:
                self._client.list_objects_v2(Bucket=bucket, MaxKeys=1)
            else:
                self._client.list_buckets()

    def _pieces(self, body: Any) -> Generator[bytes]:
        with self._translating():
            yield from body.iter_chunks(STEP)

    @contextmanager
    def _translating(self) -> Generator[None]:
        try:
            yield
        except self._errors.ClientError as error:
            told = error.response.get("Error", {})
            code = str(told.get("Code", ""))
            status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
            # An answer without a body has its status for a code.
            raise WireError(
                str(told.get("Message", "")), "" if code == str(status) else code, status
            ) from None
        except (
            self._errors.ConnectionError,
            self._errors.HTTPClientError,
            self._errors.IncompleteReadError,
        ) as error:
            raise WireError(str(error)) from None
        except self._errors.BotoCoreError as error:
            # It was not even sent.
            raise WireError(str(error), "InvalidRequest", 400) from None
        except (self._http_errors.HTTPError, OSError) as error:
            raise WireError(str(error)) from None


def _md5(data: bytes) -> str:
    return base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()
