"""An OpenID provider on loopback that answers as a test wishes: the right way, or one thing wrong."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc.jwk import ECKey, KeySet
from joserfc.jwt import encode

from portal.domain.connector_fields import ON
from portal.domain.connector_kinds import ConnectorKind
from portal.domain.connectors.oidc import OIDC_FIELDS
from portal.ports.clock import Clock
from portal.ports.connectors import ConnectorValues
from tests.support.scripted_https import Said, Scripted, scripted_https

CLIENT = "portal"
SECRET = "secret of the portal"
CODE = "a-code"
SUBJECT = "subject-7"


def a_key(kid: str = "one") -> ECKey:
    return ECKey.generate_key("P-256", {"kid": kid, "use": "sig", "alg": "ES256"})


def unsigned(claims: dict[str, Any]) -> str:
    """A token that says it needs no signature."""
    parts = ({"alg": "none"}, claims)
    return ".".join([*(urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=").decode() for one in parts), ""])


@dataclass(slots=True)
class Provider:
    """``said`` changes claims, ``answers`` whole answers by path, ``told`` what it says of itself."""

    clock: Clock
    key: ECKey = field(default_factory=a_key)
    signs: ECKey | None = None
    token: str = ""
    nonce: str = ""
    challenge: str = ""
    said: dict[str, Any] = field(default_factory=dict)
    told: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, Said] = field(default_factory=dict)
    script: Scripted = field(init=False)

    @property
    def issuer(self) -> str:
        return self.script.address

    def asked(self, path: str) -> int:
        """How often this path was asked for."""
        return sum(urlsplit(heard[1]).path == path for heard in self.script.heard)

    def values(self, name: str = "corporate", **other: str) -> ConnectorValues:
        """What a person types, but for what a test types otherwise."""
        usual = {one.name: one.default for one in OIDC_FIELDS}
        typed = {"label": "Кейклок", "issuer": self.issuer, "client_id": CLIENT, "trusted": self.script.trust}
        plain = {**usual, **typed, "employees": ON, "timeout": "60", **other}
        secrets = {"client_secret": plain.pop("client_secret") or SECRET}
        return ConnectorValues(ConnectorKind.SIGN_IN_OIDC, name, plain, secrets)

    def send(self, there: str) -> str:
        """What a browser is told that was sent there and signed in: the state it brings back."""
        asked = {key: one[0] for key, one in parse_qs(urlsplit(there).query).items()}
        assert (asked["response_type"], asked["client_id"]) == ("code", CLIENT)
        assert asked["code_challenge_method"] == "S256"
        self.nonce, self.challenge = asked["nonce"], asked["code_challenge"]
        return asked["state"]

    def claims(self) -> dict[str, Any]:
        now = int(self.clock.now().timestamp())
        times = {"iat": now, "exp": now + 300}
        usual = {"iss": self.issuer, "aud": CLIENT, "sub": SUBJECT, "nonce": self.nonce, "preferred_username": "anna"}
        return {key: one for key, one in {**usual, **times, **self.said}.items() if one is not None}

    def answer(self, _method: str, path: str, body: bytes) -> Said:
        place = urlsplit(path).path
        if place in self.answers:
            return self.answers[place]
        return Said(body=json.dumps(self._usual(place, body)).encode())

    def _usual(self, place: str, body: bytes) -> object:
        match place:
            case "/.well-known/openid-configuration":
                names = ("authorization", "token", "userinfo", "end_session")
                described = {f"{name}_endpoint": f"{self.issuer}/{name}" for name in names}
                return {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/keys", **described, **self.told}
            case "/keys":
                return KeySet([self.key]).as_dict(private=False)
            case "/token":
                return self._exchanged({key: one[0] for key, one in parse_qs(body.decode()).items()})
            case _:
                return {"sub": SUBJECT, "email": "anna@example.org", "email_verified": True}

    def _exchanged(self, sent: dict[str, str]) -> object:
        digest = sha256(sent["code_verifier"].encode()).digest()
        assert urlsafe_b64encode(digest).rstrip(b"=").decode() == self.challenge
        assert (sent["code"], sent["grant_type"]) == (CODE, "authorization_code")
        signer = self.signs or self.key
        made = encode({"alg": "ES256", "kid": signer.kid}, self.claims(), signer)
        return {"access_token": "access", "token_type": "Bearer", "id_token": self.token or made}


@contextmanager
def scripted_provider(clock: Clock) -> Iterator[Provider]:
    """Serve until the end of the block."""
    provider = Provider(clock)
    with scripted_https(provider.answer) as script:
        provider.script = script
        yield provider
