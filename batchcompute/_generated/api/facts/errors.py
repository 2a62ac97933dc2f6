# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

"""The error codes of the API: what they are called, and what is known about the request."""


class ErrorCode:
    """One kind of error.

    Args:
        status: HTTP status that it comes with.
        error: Name of the exception.
        retry: `final` (a repeat brings the same), `rejected` (nothing was done; later ones will
            pass) or `ambiguous` (the request may have been carried out).
        remedy: What lets a repeat pass: the time of the service's `clock`, other `credentials`, or
            "" for nothing.
    """

    __slots__ = ("error", "remedy", "retry", "status")

    def __init__(self, status: int, error: str, retry: str, remedy: str = "") -> None:
        self.status = status
        self.error = error
        self.retry = retry
        self.remedy = remedy


#: Beginning of a code -> what it means. Longer ones come first, so that the first that fits decides.
CODES: dict[str, ErrorCode] = {
    "InvalidResource.AlreadyExisting": ErrorCode(403, "StateConflictError", "final"),
    "InvalidAccessKeyId.Inactive": ErrorCode(400, "AuthenticationError", "final", "credentials"),
    "InvalidAccessKeyId.NotFound": ErrorCode(404, "AuthenticationError", "final", "credentials"),
    "InvalidResource.NotFound": ErrorCode(404, "NotFoundError", "final"),
    "InvalidTimeStamp.Expired": ErrorCode(400, "AuthenticationError", "final", "clock"),
    "IdempotentTokenMismatch": ErrorCode(400, "InvalidParameterError", "final"),
    "InvalidTimeStamp.Format": ErrorCode(400, "AuthenticationError", "final"),
    "InvalidVersion.NotFound": ErrorCode(403, "InvalidParameterError", "final"),
    "InvalidSignatureMethod": ErrorCode(400, "AuthenticationError", "final"),
    "MissingSignatureMethod": ErrorCode(400, "InvalidParameterError", "final"),
    "SignatureDoesNotMatch": ErrorCode(400, "AuthenticationError", "final"),
    "InvalidSecurityToken": ErrorCode(400, "AuthenticationError", "final", "credentials"),
    "MissingContentSha256": ErrorCode(400, "InvalidParameterError", "final"),
    "MissingSecurityToken": ErrorCode(400, "AuthenticationError", "final"),
    "IncompleteSignature": ErrorCode(400, "AuthenticationError", "final"),
    "InvalidCompressType": ErrorCode(400, "InvalidParameterError", "final"),
    "InvalidAccessKeyId": ErrorCode(404, "AuthenticationError", "final", "credentials"),
    "InvalidQueryString": ErrorCode(403, "InvalidParameterError", "final"),
    "SignatureNonceUsed": ErrorCode(400, "AuthenticationError", "final"),
    "InvalidJsonFormat": ErrorCode(400, "InvalidParameterError", "final"),
    "InvalidUrlPattern": ErrorCode(400, "InvalidParameterError", "final"),
    "InvalidTimeStamp": ErrorCode(400, "AuthenticationError", "final", "clock"),
    "MethodNotAllowed": ErrorCode(400, "InvalidParameterError", "final"),
    "InvalidHttpBody": ErrorCode(400, "InvalidParameterError", "final"),
    "InvalidVersion": ErrorCode(403, "InvalidParameterError", "final"),
    "MissingVersion": ErrorCode(400, "InvalidParameterError", "final"),
    "NotImplemented": ErrorCode(501, "ServiceError", "final"),
    "QuotaExhausted": ErrorCode(403, "QuotaExhaustedError", "final"),
    "InternalError": ErrorCode(500, "ServiceError", "ambiguous"),
    "StateConflict": ErrorCode(409, "StateConflictError", "final"),
    "InvalidHost": ErrorCode(400, "InvalidParameterError", "final"),
    "MissingDate": ErrorCode(400, "InvalidParameterError", "final"),
    "Throttling": ErrorCode(400, "ThrottledError", "rejected"),
    "Forbidden": ErrorCode(403, "AuthenticationError", "final"),
    "Invalid": ErrorCode(400, "InvalidParameterError", "final"),
    "Missing": ErrorCode(400, "InvalidParameterError", "final"),
    "BadDAG": ErrorCode(400, "InvalidParameterError", "final"),
}

#: HTTP status -> what it means with any other code.
STATUSES: dict[int, ErrorCode] = {
    400: ErrorCode(400, "InvalidParameterError", "final"),
    401: ErrorCode(401, "AuthenticationError", "final"),
    403: ErrorCode(403, "AuthenticationError", "final"),
    404: ErrorCode(404, "NotFoundError", "final"),
    408: ErrorCode(408, "ClientError", "ambiguous"),
    409: ErrorCode(409, "StateConflictError", "final"),
    429: ErrorCode(429, "ThrottledError", "rejected"),
    502: ErrorCode(502, "ServiceError", "ambiguous"),
    503: ErrorCode(503, "ServiceError", "ambiguous"),
    504: ErrorCode(504, "ServiceError", "ambiguous"),
}
