"""How a call is signed: HMAC-SHA256 over what is called, the digest of what is sent, the time and a nonce."""

import hmac
from base64 import b64encode
from datetime import datetime
from hashlib import sha256


def signed_headers(
    client: str, secret: str, *, call: tuple[str, str, bytes], now: datetime, nonce: str
) -> dict[str, str]:
    """The headers of a call: method, path with its query, body."""
    method, path, body = call
    timestamp = str(int(now.timestamp()))
    said = "\n".join(("register-v1", method, path, sha256(body).hexdigest(), timestamp, nonce))
    mark = b64encode(hmac.digest(secret.encode(), said.encode(), "sha256")).decode()
    return {
        "Authorization": f'HMAC-SHA256 client="{client}", timestamp="{timestamp}", nonce="{nonce}", signature="{mark}"'
    }
