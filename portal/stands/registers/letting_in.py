"""Who may call: by the certificate of the line, or by a signature that is fresh and was never seen."""

import hmac
import re
import threading
import time
from base64 import b64decode
from binascii import Error as NotBase64
from collections import OrderedDict
from collections.abc import Callable
from hashlib import sha256
from typing import Final

from portal.stands.registers.problems import problem
from portal.stands.registers.saying import Question

#: Seconds a clock may be wrong, either way.
SKEW: Final = 300
_ROOM: Final = 100_000
_HEADER: Final = re.compile(
    r'HMAC-SHA256 client="([A-Za-z0-9._-]{1,100})", timestamp="([0-9]{1,12})", '
    r'nonce="([A-Za-z0-9_-]{16,64})", signature="([A-Za-z0-9+/]{43}=)"'
)


class Door:
    """Knows one client and his secret."""

    def __init__(self, client: str, secret: str, now: Callable[[], float] = time.time) -> None:
        self._client = client
        self._secret = secret.encode()
        self._now = now
        self._seen: OrderedDict[str, float] = OrderedDict()
        self._lock = threading.Lock()

    def pass_by(self, question: Question) -> None:
        """Nothing when he may come in; raises Said when not."""
        if question.peer and "authorization" not in question.headers:
            return
        if "authorization" not in question.headers:
            raise problem("not_let_in", "neither a signature nor a certificate")
        found = _HEADER.fullmatch(question.headers["authorization"])
        if found is None:
            raise problem("bad_signature", "the header is not of the form that is expected")
        client, timestamp, nonce, signature = found.groups()
        if client != self._client or not self._signed(question, timestamp, nonce, signature):
            raise problem("bad_signature", "it does not fit the call")
        if abs(self._now() - int(timestamp)) > SKEW:
            raise problem("clock_skew", f"more than {SKEW} seconds")
        if not self._first_time(nonce):
            raise problem("nonce_used", "this call was made before")

    def _signed(self, question: Question, timestamp: str, nonce: str, signature: str) -> bool:
        digest = sha256(question.body).hexdigest()
        told = f"register-v1\n{question.method}\n{question.path}\n{digest}\n{timestamp}\n{nonce}"
        try:
            return hmac.compare_digest(b64decode(signature), hmac.digest(self._secret, told.encode(), "sha256"))
        except NotBase64:
            return False

    def _first_time(self, nonce: str) -> bool:
        """Each counts once for as long as its time stamp may be taken for now."""
        now = self._now()
        with self._lock:
            while self._seen and (len(self._seen) >= _ROOM or now - next(iter(self._seen.values())) > 2 * SKEW):
                self._seen.popitem(last=False)
            if nonce in self._seen:
                return False
            self._seen[nonce] = now
            return True
