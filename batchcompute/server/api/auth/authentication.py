"""Let requests through that are signed correctly and recently, and each nonce only once."""

from __future__ import annotations

from batchcompute.server.accounts.keyring import Key, KeyRing
from batchcompute.server.accounts.temporary import PREFIX
from batchcompute.server.api.auth.acs3 import Acs3Signature
from batchcompute.server.api.auth.digest import check_digest
from batchcompute.server.api.auth.nonces import NonceMemory
from batchcompute.server.api.auth.sha1 import Sha1Signature
from batchcompute.server.api.request import SignedRequest
from batchcompute.server.model.caller import Caller
from batchcompute.server.model.clock import Clock
from batchcompute.server.model.errors import ApiError

#: Seconds that a request's date may be away from our time.
DATE_WINDOW = 15 * 60

_NONCE = b"x-acs-signature-nonce"
_TOKEN = b"x-acs-security-token"

#: The version of the API that is spoken here.
API_VERSION = b"2015-11-11"


class SignatureCheck:
    """Lets through who knows a secret, within the time window, and once per nonce."""

    def __init__(
        self,
        keys: KeyRing,
        clock: Clock,
        nonces: NonceMemory | None = None,
        *,
        require_nonce: bool = False,
    ) -> None:
        """Bind the parts.

        Args:
            keys: The keys of those who may call.
            clock: The time.
            nonces: Where nonces are remembered; None for memory that ends with the process.
            require_nonce: Refuse every request without a nonce, as it could be replayed within the
                time window.
        """
        self._require_nonce = require_nonce
        self._keys = keys
        self._clock = clock
        self._nonces = nonces or NonceMemory(DATE_WINDOW)

    def check(self, request: SignedRequest) -> Caller:
        """Check a request, and return who has signed it.

        Raises:
            ApiError: Something about the signature is wrong.
        """
        newer = Acs3Signature.is_meant(request)
        signature = Acs3Signature(request) if newer else Sha1Signature(request)
        key = self._find(request, signature.key_id)
        signature.check_form()
        date = signature.date()
        if date is None:
            text = "Specified time stamp or date value is not well formatted."
            raise ApiError(400, "InvalidTimeStamp.Format", text)
        now = self._clock.now() // 1_000_000
        if abs(now - date) > DATE_WINDOW:
            raise _expired()
        nonce = request.header(_NONCE)
        if self._require_nonce or signature.needs_nonce:
            nonce = request.required(_NONCE, "SignatureNonce")
        if not signature.matches(key.secret):
            text = "Specified signature is not matched with our calculation."
            raise ApiError(400, "SignatureDoesNotMatch", text)
        # Said to those alone who know the secret.
        if not key.is_active(now) and signature.key_id.startswith(PREFIX):
            text = "Specified security token has expired."
            raise ApiError(400, "InvalidSecurityToken", text)
        if not key.is_active(now):
            raise ApiError(400, "InvalidAccessKeyId.Inactive", "Specified access key is disabled.")
        check_digest(request)
        # Only what was signed rightly is remembered, so that nobody can use up another's nonces.
        # A nonce that is there is signed, so nobody can take it away from a request either.
        account = key.caller.account
        if nonce and not self._nonces.knows(account, date):
            raise _expired()
        said = signature.key_id.encode() + b"\n" + nonce
        if nonce and not self._nonces.add(account, said, date, now):
            text = "Specified signature nonce was used already."
            raise ApiError(400, "SignatureNonceUsed", text)
        if request.required(b"x-acs-version", "Version") != API_VERSION:
            text = "Specified version is not found."
            raise ApiError(403, "InvalidVersion.NotFound", text)
        return key.caller

    def _find(self, request: SignedRequest, key_id: str) -> Key:
        """Return the key that is said to have signed a request.

        Raises:
            ApiError: There is none.
        """
        if key_id.startswith(PREFIX):
            token = request.required(_TOKEN, "SecurityToken").decode("latin-1")
            key = self._keys.find_temporary(key_id, token)
            if key is None:
                text = "Specified security token is not valid for this access key."
                raise ApiError(400, "InvalidSecurityToken", text)
            return key
        key = self._keys.find(key_id)
        if key is None:
            text = "Specified access key is not found."
            raise ApiError(404, "InvalidAccessKeyId.NotFound", text)
        return key


def _expired() -> ApiError:
    text = "Specified time stamp or date value is expired."
    return ApiError(400, "InvalidTimeStamp.Expired", text)
