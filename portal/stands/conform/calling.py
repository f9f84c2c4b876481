"""Calls to the register that is tried: right in everything, or wrong in what a check is about."""

import hmac
import http.client
import json
import secrets
import ssl
import time
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlsplit

_WITHIN: Final = 60.0
_LONGEST: Final = 1 << 20
Json = dict[str, Any]


class Broken(Exception):  # noqa: N818 - named after what it says
    """It does not keep to the contract; the argument says how."""


@dataclass(frozen=True, slots=True)
class Said:
    """What came back; names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise Broken(f"HTTP {self.status} is not JSON") from error


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong on purpose with a call."""

    unsigned: bool = False
    signed_with: str = ""
    late: int = 0
    nonce: str = ""


RIGHT: Final = Wrong()


@dataclass(frozen=True, slots=True)
class Target:
    """The register: ``address`` ends before /v1; calls are signed, or ``certificate`` (key and all, PEM) is shown."""

    address: str
    profile: str = "generic"
    client: str = ""
    secret: str = field(default="", repr=False)
    certificate: Path | None = None
    trust: Path | None = None

    def meet(self) -> None:
        """Somebody listens there, and shows a certificate that is trusted; raises OSError or ValueError."""
        if urlsplit(self.address).scheme not in {"http", "https"}:
            raise ValueError(f"no address: {self.address}")
        line = self._line(shows=True)
        try:
            line.connect()
        except OSError as error:
            raise ConnectionError(f"{self.address}: {error}") from error
        finally:
            line.close()

    def ask(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        headers: Mapping[str, str] | None = None,
        wrong: Wrong = RIGHT,
    ) -> Said:
        """One call; raises Broken when nothing comes back."""
        whole = urlsplit(self.address).path.rstrip("/") + path
        told = {"Connection": "close", **({"Content-Type": "application/json"} if body else {}), **(headers or {})}
        if self.client and not wrong.unsigned:
            told["Authorization"] = self._signed(method, whole, body, wrong)
        line = self._line(shows=not wrong.unsigned)
        try:
            line.request(method, whole, body or None, told)
            answer = line.getresponse()
            said = {name.lower(): value for name, value in answer.getheaders()}
            return Said(answer.status, said, answer.read(_LONGEST))
        except (OSError, http.client.HTTPException) as error:
            raise Broken(f"no answer: {error}") from error
        finally:
            line.close()

    def _line(self, *, shows: bool) -> http.client.HTTPConnection:
        parts = urlsplit(self.address)
        if parts.scheme != "https":
            return http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=_WITHIN)
        context = ssl.create_default_context(cafile=self.trust)
        if self.certificate and shows:
            context.load_cert_chain(self.certificate)
        return http.client.HTTPSConnection(parts.hostname or "", parts.port, timeout=_WITHIN, context=context)

    def _signed(self, method: str, path: str, body: bytes, wrong: Wrong) -> str:
        at, nonce = str(int(time.time()) - wrong.late), wrong.nonce or secrets.token_urlsafe(18)
        text = f"register-v1\n{method}\n{path}\n{sha256(body).hexdigest()}\n{at}\n{nonce}"
        mark = b64encode(hmac.digest((wrong.signed_with or self.secret).encode(), text.encode(), "sha256")).decode()
        return f'HMAC-SHA256 client="{self.client}", timestamp="{at}", nonce="{nonce}", signature="{mark}"'


def path_of(serial: str) -> str:
    """Where a device is."""
    return f"/v1/devices/{quote(serial, safe='')}"


def a_device(serial: str, profile: str) -> Json:
    """A device as the contract writes it."""
    owner = {"login": "conformance", "display_name": "Conformance test", "directory_id": ""}
    certificate = {
        "serial": "0a1b", "thumbprint": "ab" * 32, "not_after": "2035-01-31T09:30:00Z", "subject": "CN=Проверка",
    }  # fmt: skip
    told = {"serial": serial, "model": "Test", "profile": profile, "state": "active", "owner": owner}
    return {**told, "certificates": [certificate]}


def encoded(value: object) -> bytes:
    """As it is sent."""
    return json.dumps(value, ensure_ascii=False).encode()
