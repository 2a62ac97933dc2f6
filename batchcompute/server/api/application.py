"""The ASGI application.

Checks are made in the order in which the API reports them: signature and version, path, method,
query, body, and then the rules of the operation.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from functools import partial
from typing import Any

from pydantic_core import to_json
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from batchcompute.server.api.auth.authentication import SignatureCheck
from batchcompute.server.api.body import check_size, decompress, receive_body
from batchcompute.server.api.connection import HeaderName
from batchcompute.server.api.contract.body import check_body, parse_body
from batchcompute.server.api.contract.document import Contract, Operation
from batchcompute.server.api.contract.echo import complete
from batchcompute.server.api.contract.query import check_query, parse_query
from batchcompute.server.api.contract.routing import Router
from batchcompute.server.api.docs import docs_page
from batchcompute.server.api.hosts import HostCheck, unknown_host
from batchcompute.server.api.request import SignedRequest
from batchcompute.server.model.asgi import OPERATION
from batchcompute.server.model.disconnects import while_connected
from batchcompute.server.model.errors import ApiError, internal, invalid
from batchcompute.server.model.ids import request_id
from batchcompute.server.rules.call import Call
from batchcompute.server.rules.jobs.description import job_component
from batchcompute.server.rules.operations import WAITS, Service

logger = logging.getLogger("batchcompute.server.api")

#: The component that stands for two kinds of jobs, told apart by their Type.
_ANY_JOB = "AnyJobDescription"

#: How every content begins that is compressed by gzip, and no JSON.
_GZIP = b"\x1f\x8b"

#: Bytes of a body that is read on the event loop; that takes up to two milliseconds.
_MOST_READ_AT_ONCE = 16 * 1024

_NO_CONTENT = 204
_READING = ("GET", "HEAD")

# Spelled as the hosted service does: some clients look for exactly these names.
_CONTENT_TYPE = (HeaderName(b"Content-Type"), b"application/json; charset=utf-8")
_SERVER = (HeaderName(b"Server"), b"AliyunBatchCompute")
_REQUEST_ID = HeaderName(b"x-acs-request-id")
_OLD_REQUEST_ID = HeaderName(b"Request-Id")
_CONTENT_LENGTH = HeaderName(b"Content-Length")


class Application:
    """Answers HTTP requests."""

    def __init__(
        self,
        contract: Contract,
        check: SignatureCheck,
        service: Service,
        hosts: HostCheck | None = None,
        *,
        log_changes: bool = False,
    ) -> None:
        """Bind the parts.

        Args:
            contract: The specification.
            check: Who may ask.
            service: What is done.
            hosts: Under which names the service may be asked; None for any.
            log_changes: Log requests that change something, and not only for those who look for
                faults.
        """
        self._log_changes = log_changes
        self._contract = contract
        self._router = Router(contract.operations)
        self._check = check
        self._service = service
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        identity = request_id()
        began = time.perf_counter()
        if self._hosts is not None and not self._hosts.allows(_host(scope)):
            error = unknown_host()
            await _send(send, error.status, _error_body(error, identity), identity)
            return
        if page := docs_page(scope["method"], scope["path"]):
            await page(scope, receive, send)
            return
        try:
            status, answer = await self._respond(scope, receive, identity)
        except ClientDisconnect:
            return
        except ApiError as error:
            status, answer = error.status, _error_body(error, identity)
        except Exception:
            logger.exception("request %s failed", identity, extra={"request_id": identity})
            ours = internal()
            status, answer = ours.status, _error_body(ours, identity)
        changes = self._log_changes and scope["method"] not in _READING
        level = logging.INFO if changes else logging.DEBUG
        if logger.isEnabledFor(level):
            # As it was sent, because what is decoded may hold the end of a line.
            path = scope["raw_path"].decode("latin-1")
            told = {
                "request_id": identity,
                "event": "request",
                "operation": scope.get(OPERATION, ""),
                "status": status,
                "seconds": round(time.perf_counter() - began, 6),
            }
            logger.log(level, "%s %r %d %s", scope["method"], path, status, identity, extra=told)
        await _send(send, status, answer, identity)

    async def _respond(self, scope: Scope, receive: Receive, identity: str) -> tuple[int, Any]:
        # Read first, so that the connection can go on after an error as well.
        raw = await receive_body(receive)
        request = SignedRequest(
            method=scope["method"],
            path=scope["raw_path"].partition(b"?")[0],
            query=scope["query_string"],
            headers=scope["headers"],
            body=raw,
        )
        # No signature is right for a body that was not read to its end.
        check_size(raw)
        caller = self._check.check(request)
        query = parse_query(request.query.decode("latin-1"))
        match = self._router.match(request.method, request.path.decode("latin-1"), query)
        operation = match.operation
        scope[OPERATION] = operation.operation_id
        self._service.check_served(operation.operation_id)
        self._service.check_role(operation.operation_id, caller, match.path, identity)
        checked = check_query(operation, query)
        plain = _content(request) if operation.body else b""
        read = partial(self._read, operation, plain)
        # A large body takes tens of milliseconds, in which nobody else should have to wait.
        is_large = len(plain) > _MOST_READ_AT_ONCE
        body = await run_in_threadpool(read) if is_large else read()
        call = Call(match.path, checked, body, identity, is_large=is_large, caller=caller)
        work = self._service.perform(operation.operation_id, call)
        waits = operation.operation_id in WAITS
        answer = await (while_connected(receive, work) if waits else work)
        if operation.echo:
            # It may be as large.
            component = _variant(operation.echo, answer)
            await run_in_threadpool(complete, self._contract, component, answer)
        return operation.success, answer

    def _read(self, operation: Operation, content: bytes) -> Mapping[str, Any]:
        if not operation.body:
            return {}
        body = parse_body(content)
        check_body(self._contract, _variant(operation.body, body), body)
        return body


def _content(request: SignedRequest) -> bytes:
    """Return the body of a request as it was before it was compressed."""
    plain = decompress(request.body, request.header(b"x-acs-compress-type"))
    check_size(plain)
    if not plain:
        raise invalid("HttpBody", "Its type must be object.")
    if plain.startswith(_GZIP):
        text = "It is compressed by gzip; send it as it is, or by x-acs-compress-type: deflate."
        raise invalid("HttpBody", text)
    return plain


def _variant(component: str, description: Mapping[str, Any]) -> str:
    """Return the component that a description is of, where there are two kinds."""
    return job_component(description) if component == _ANY_JOB else component


def _host(scope: Scope) -> bytes:
    for name, value in scope["headers"]:
        if name == b"host":
            return bytes(value)
    return b""


def _error_body(error: ApiError, identity: str) -> dict[str, str]:
    return {"Code": error.code, "Message": error.message, "RequestId": identity}


async def _send(send: Send, status: int, answer: Any, identity: str) -> None:
    content = b"" if answer is None else to_json(answer)
    encoded = identity.encode()
    headers = [_CONTENT_TYPE, _SERVER, (_REQUEST_ID, encoded), (_OLD_REQUEST_ID, encoded)]
    if status != _NO_CONTENT:
        headers.append((_CONTENT_LENGTH, b"%d" % len(content)))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
