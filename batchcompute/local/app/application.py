"""The ASGI application.

Checks are made in the order in which the API reports them: signature and version, path, method,
query, body, and then the rules of the operation.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from batchcompute.local.app.body import check_size, decompress, receive
from batchcompute.local.app.docs import docs_page
from batchcompute.local.app.patience import while_connected
from batchcompute.local.app.signature import SignatureCheck, SignedRequest
from batchcompute.local.contract.body import check_body, parse_body
from batchcompute.local.contract.document import Contract, Operation
from batchcompute.local.contract.query import check_query, parse_query
from batchcompute.local.contract.routing import Router
from batchcompute.local.errors import ApiError, internal, invalid
from batchcompute.local.ids import request_id
from batchcompute.local.service.call import Call
from batchcompute.local.service.job_rules import job_component
from batchcompute.local.service.operations import WAITS, Service

logger = logging.getLogger("batchcompute.local.app")

#: The component that stands for two kinds of jobs, told apart by their Type.
_ANY_JOB = "AnyJobDescription"


class Application:
    """Answers HTTP requests."""

    def __init__(self, contract: Contract, check: SignatureCheck, service: Service) -> None:
        """Bind the parts."""
        self._contract = contract
        self._router = Router(contract.operations)
        self._check = check
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        if page := docs_page(scope["method"], scope["path"]):
            await page(scope, receive, send)
            return
        identity = request_id()
        try:
            status, answer = await self._respond(Request(scope, receive), identity)
        except ClientDisconnect:
            return
        except ApiError as error:
            status, answer = error.status, _error_body(error, identity)
        except Exception:
            logger.exception("request %s failed", identity)
            ours = internal()
            status, answer = ours.status, _error_body(ours, identity)
        if logger.isEnabledFor(logging.DEBUG):
            logger.debug("%s %s %d %s", scope["method"], scope["path"], status, identity)
        await _response(status, answer, identity)(scope, receive, send)

    async def _respond(self, request: Request, identity: str) -> tuple[int, Any]:
        # Read first, so that the connection can go on after an error as well.
        raw = await receive(request.stream())
        scope = request.scope
        signed = SignedRequest(
            method=scope["method"],
            path=scope["raw_path"].partition(b"?")[0],
            query=scope["query_string"],
            headers=scope["headers"],
        )
        self._check.check(signed)
        query = parse_query(signed.query.decode("latin-1"))
        match = self._router.match(signed.method, signed.path.decode("latin-1"), query)
        operation = match.operation
        self._service.check_served(operation.operation_id)
        checked = check_query(operation, query)
        check_size(raw)
        body = self._body(operation, raw, signed) if operation.body else {}
        call = Call(match.path, checked, body, identity)
        work = self._service.perform(operation.operation_id, call)
        waits = operation.operation_id in WAITS
        answer = await (while_connected(request.receive, work) if waits else work)
        return operation.success, answer

    def _body(self, operation: Operation, raw: bytes, signed: SignedRequest) -> Mapping[str, Any]:
        plain = decompress(raw, signed.header(b"x-acs-compress-type"))
        check_size(plain)
        if not plain:
            raise invalid("HttpBody", "Its type must be object.")
        body = parse_body(plain)
        component = operation.body
        if component == _ANY_JOB:
            component = job_component(body)
        check_body(self._contract, component, body)
        return body


def _error_body(error: ApiError, identity: str) -> dict[str, str]:
    return {"Code": error.code, "Message": error.message, "RequestId": identity}


def _response(status: int, answer: Any, identity: str) -> Response:
    content = b""
    if answer is not None:
        content = json.dumps(answer, separators=(",", ":"), ensure_ascii=False).encode()
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Server": "AliyunBatchCompute",
        "x-acs-request-id": identity,
        "Request-Id": identity,
    }
    return Response(content, status, headers)
