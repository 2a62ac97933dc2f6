"""Objects as files: the part of fsspec's interface that logs, packages and transfers need."""

from __future__ import annotations

import contextlib
import ipaddress
import os
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote, unquote, urlsplit
from xml.etree import ElementTree

import httpx

from batchcompute._http.environment import trusted
from batchcompute._objects.signing import canonical_query, signed_headers
from batchcompute.exceptions import ConfigError

_TIMEOUT = httpx.Timeout(60.0, connect=10.0)
_CHUNK = 256 * 1024
#: Bytes that the protocol takes in one request.
_LARGEST = 5 * 2**30
_DEFAULT_REGION = "cn-hangzhou"


class ObjectFiles:
    """The objects of an OSS endpoint.

    Paths are `bucket/key`, as fsspec has them. Its methods raise `FileNotFoundError`,
    `PermissionError` or another `OSError`.

    Args:
        endpoint: URL or host of the endpoint.
        key_id: Id of the access key.
        secret: Its secret.
        token: Token of temporary credentials, or "".
        region: Region id that signatures name; "" takes it from the endpoint.

    Raises:
        ConfigError: The endpoint is not a URL or host, or the environment names certificates that
            cannot be loaded.
    """

    def __init__(
        self, endpoint: str, key_id: str, secret: str, token: str = "", region: str = ""
    ) -> None:
        url = urlsplit(endpoint if "://" in endpoint else f"https://{endpoint}")
        try:
            host, port = url.hostname or "", url.port
        except ValueError:
            host, port = "", None
        if url.scheme not in ("http", "https") or not host or url.username is not None:
            raise ConfigError("OSS_ENDPOINT must be HOST, http://HOST:PORT or https://HOST:PORT")
        self._scheme = url.scheme
        self._host = f"[{host}]" if ":" in host else host
        self._port = "" if port is None else f":{port}"
        # Buckets are parts of host names, where a host can have parts.
        self._by_path = "." not in host or _is_address(host)
        self._is_public = host.endswith((".aliyuncs.com", ".amazonaws.com"))
        self._key = (key_id, secret, token)
        self._region = region or _region_of(host)
        is_local = host == "localhost" or (_is_address(host) and _is_loopback(host))
        # A proxy of the environment cannot reach a service on this machine; its certificates count.
        self._http = httpx.Client(
            timeout=_TIMEOUT, verify=trusted(), trust_env=not is_local, http2=False
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._scheme}://{self._host}{self._port})"

    def __del__(self) -> None:
        with contextlib.suppress(Exception):
            self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def invalidate_cache(self) -> None:
        """Do nothing: nothing is cached."""

    def cat_file(self, path: str, start: int | None = None, end: int | None = None) -> bytes:
        """Return the content of an object, or a part of it.

        Args:
            path: `bucket/key`.
            start: First byte; None for 0.
            end: Byte behind the last one; None for all.
        """
        headers: dict[str, str] = {}
        if start or end is not None:
            if end is not None and end <= (start or 0):
                return b""
            last = "" if end is None else str(end - 1)
            # Without the second header, a range that is beyond the end is the whole object.
            headers = {"range": f"bytes={start or 0}-{last}", "x-oss-range-behavior": "standard"}
        with self._sent("GET", path, headers=headers) as response:
            if response.status_code == 416:
                return b""
            content = response.read()
        whole = headers and response.status_code == 200
        return content[start or 0 : end] if whole else content

    def get_file(self, path: str, target: str | os.PathLike[str]) -> None:
        """Copy an object into a local file, which is there as a whole or not at all.

        Args:
            path: `bucket/key`.
            target: The file.
        """
        final = Path(target)
        partial = final.with_name(f".{final.name}.part-{os.getpid()}")
        try:
            with self._sent("GET", path) as response, partial.open("wb") as file:
                for chunk in response.iter_bytes(_CHUNK):
                    file.write(chunk)
            partial.replace(final)
        finally:
            partial.unlink(missing_ok=True)

    def pipe_file(self, path: str, value: bytes) -> None:
        """Write an object.

        Args:
            path: `bucket/key`.
            value: Its content.
        """
        self._put(path, value, len(value))

    def put_file(self, source: str | os.PathLike[str], path: str) -> None:
        """Write a local file as an object.

        Args:
            source: The file.
            path: `bucket/key`.
        """
        with Path(source).open("rb") as file:
            self._put(path, file, os.fstat(file.fileno()).st_size)

    def rm_file(self, path: str) -> None:
        """Remove an object, if it is there.

        Args:
            path: `bucket/key`.
        """
        with self._sent("DELETE", path):
            pass

    def info(self, path: str) -> dict[str, Any]:
        """Return name, size in bytes, and ETag of an object.

        Args:
            path: `bucket/key`.
        """
        with self._sent("HEAD", path) as response:
            return {
                "name": path,
                "size": int(response.headers.get("content-length", 0)),
                "type": "file",
                "ETag": response.headers.get("etag", ""),
                "LastModified": response.headers.get("last-modified", ""),
            }

    def ls(self, path: str, detail: bool = True) -> list[Any]:
        """Return what lies directly below a folder, by name.

        Args:
            path: `bucket` or `bucket/folder`; "" for the buckets.
            detail: Return a dict per item (`name`, `size`, `type`, `LastModified`), not names.
        """
        bucket, _, folder = path.strip("/").partition("/")
        found = self._buckets() if not bucket else self._list(bucket, folder and f"{folder}/", "/")
        items = sorted(found, key=lambda item: str(item["name"]))
        return items if detail else [item["name"] for item in items]

    def owner(self) -> tuple[str, str]:
        """Return the id and the display name of the account that the key belongs to."""
        with self._sent("GET", "", query={"max-keys": "1"}) as response:
            answer = _xml(response.read())
        return answer.findtext("Owner/ID", ""), answer.findtext("Owner/DisplayName", "")

    def find(self, path: str, detail: bool = False) -> list[Any]:
        """Return all objects whose path begins so, by name.

        Args:
            path: `bucket` or `bucket/beginning`.
            detail: Return a dict per item, as `ls` does, not names.
        """
        bucket, _, prefix = path.lstrip("/").partition("/")
        items = sorted(self._list(bucket, prefix, ""), key=lambda item: str(item["name"]))
        return items if detail else [item["name"] for item in items]

    def _put(self, path: str, content: bytes | IO[bytes], size: int) -> None:
        if size > _LARGEST:
            raise OSError(f"{path} would have {size} bytes; one request takes {_LARGEST} at most")
        headers = {"content-type": "application/octet-stream", "content-length": str(size)}
        try:
            with self._sent("PUT", path, headers=headers, content=content):
                return
        except FileNotFoundError:
            if self._is_public:
                raise  # a bucket there costs something, and its name may be a misprint
            if not isinstance(content, bytes):
                content.seek(0)
        with self._sent("PUT", path.partition("/")[0]):
            pass
        with self._sent("PUT", path, headers=headers, content=content):
            return

    def _buckets(self) -> Iterator[dict[str, Any]]:
        marker = ""
        while True:
            query = {"max-keys": "1000", **({"marker": marker} if marker else {})}
            with self._sent("GET", "", query=query) as response:
                answer = _xml(response.read())
            for bucket in answer.iter("Bucket"):
                yield {"name": bucket.findtext("Name", ""), "size": 0, "type": "directory"}
            marker = answer.findtext("NextMarker", "")
            if answer.findtext("IsTruncated") != "true" or not marker:
                return

    def _list(self, bucket: str, prefix: str, delimiter: str) -> Iterator[dict[str, Any]]:
        query = {"list-type": "2", "max-keys": "1000", "encoding-type": "url", "prefix": prefix}
        if delimiter:
            query["delimiter"] = delimiter
        while True:
            with self._sent("GET", bucket, query=query) as response:
                answer = _xml(response.read())
            for item in answer.iter("Contents"):
                name = unquote(item.findtext("Key", ""))
                if name != prefix or not name.endswith("/"):
                    yield {
                        "name": f"{bucket}/{name}",
                        "size": int(item.findtext("Size", "0")),
                        "type": "file",
                        "LastModified": item.findtext("LastModified", ""),
                    }
            for item in answer.iter("CommonPrefixes"):
                name = unquote(item.findtext("Prefix", "")).rstrip("/")
                yield {"name": f"{bucket}/{name}", "size": 0, "type": "directory"}
            token = answer.findtext("NextContinuationToken", "")
            if answer.findtext("IsTruncated") != "true" or not token:
                return
            query["continuation-token"] = unquote(token)

    @contextmanager
    def _sent(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        content: bytes | IO[bytes] | None = None,
    ) -> Generator[httpx.Response]:
        """Send a request, and yield its response, whose body is not read.

        Raises:
            FileNotFoundError: There is no such bucket or object.
            PermissionError: The key is not accepted, or not for this.
            OSError: It failed otherwise.
        """
        bucket, _, name = path.partition("/")
        resource = f"/{bucket}/{name}" if bucket else "/"
        host = self._host if self._by_path or not bucket else f"{bucket}.{self._host}"
        where = resource if self._by_path or not bucket else f"/{name}"
        parameters = dict(query or {})
        url = f"{self._scheme}://{host}{self._port}{quote(where, safe='/')}"
        if parameters:
            url += f"?{canonical_query(parameters)}"
        signed = signed_headers(
            self._key,
            self._region,
            method,
            resource,
            parameters,
            dict(headers or {}),
            datetime.now(UTC),
        )
        # Ask for the bytes as they are stored, not for a compressed form of them.
        signed["accept-encoding"] = "identity"
        try:
            with self._http.stream(method, url, headers=signed, content=content) as response:
                if response.status_code >= 300 and response.status_code != 416:
                    response.read()
                    raise _refusal(response, path)
                yield response
        except httpx.TimeoutException as error:
            raise TimeoutError(f"{self!r} gave no answer: {type(error).__name__}") from None
        except httpx.TransportError as error:
            raise ConnectionError(f"{self!r} gave no answer: {error}") from None


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_loopback(host: str) -> bool:
    return ipaddress.ip_address(host).is_loopback


def _region_of(host: str) -> str:
    first = host.partition(".")[0]
    if host.endswith(".aliyuncs.com") and first.startswith("oss-"):
        return first.removeprefix("oss-").removesuffix("-internal")
    return _DEFAULT_REGION


def _xml(content: bytes) -> ElementTree.Element:
    try:
        root = ElementTree.fromstring(content)
    except ElementTree.ParseError:
        raise OSError("the endpoint of the objects answers, but not like one") from None
    for element in root.iter():
        # With or without a namespace.
        element.tag = element.tag.rpartition("}")[2]
    return root


def _refusal(response: httpx.Response, path: str) -> OSError:
    code = message = ""
    try:
        answer = _xml(response.content)
        code, message = answer.findtext("Code", ""), answer.findtext("Message", "")
    except OSError:
        pass
    said = f"{code or response.status_code}{f': {message}' if message else ''}"
    if response.status_code == 404:
        return FileNotFoundError(f"there is no oss://{path} ({code or 'not found'})")
    if response.status_code == 403:
        return PermissionError(f"oss://{path} is not allowed: {said}")
    return OSError(f"oss://{path}: {said}")
