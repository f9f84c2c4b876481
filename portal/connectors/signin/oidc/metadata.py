"""What a provider tells of itself: where everything is, and the keys it signs with. Kept for a while."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, Final
from urllib.parse import urlsplit

from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from portal.connectors.http import NoAnswer, Reply, Server
from portal.connectors.signin.oidc.answering import Mistrusted, away
from portal.domain.connectors.oidc import OidcSettings
from portal.domain.errors import OutsideUnavailable
from portal.ports.clock import Clock

_PLACE: Final = "/.well-known/openid-configuration"
_NEEDED: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_OFFERED: Final = ("userinfo_endpoint", "end_session_endpoint")
_KEPT: Final = timedelta(hours=1)
#: Somebody who shows keys nobody knows does not make us ask more often.
_KEYS_AGAIN: Final = timedelta(seconds=30)
#: Those who waited behind one whose question was not answered do not ask the same one after the other.
_MOMENT: Final = timedelta(seconds=5)
_MOST_KEYS: Final = 100
LIMIT: Final = 1 << 18
OK: Final = 200


@dataclass(frozen=True, slots=True)
class Metadata:
    """Addresses by their names, and how the client says its secret."""

    places: Mapping[str, str]
    says_in_header: bool

    def place(self, name: str) -> str:
        """An address; empty when it is not offered."""
        return self.places.get(name, "")


@dataclass(slots=True)
class Provider:
    """Asks it, within bounds, and remembers."""

    settings: OidcSettings
    clock: Clock
    within: float
    _told: tuple[datetime, Metadata] | None = field(default=None, init=False)
    _keys: tuple[datetime, KeySet] | None = field(default=None, init=False)
    _silent: datetime | None = field(default=None, init=False)
    _lock: Lock = field(default_factory=Lock, init=False)

    def metadata(self) -> Metadata:
        """What it tells of itself; raises OutsideUnavailable and Mistrusted."""
        now = self.clock.now()
        with self._lock:
            if self._told is None or now - self._told[0] >= _KEPT:
                self._told = now, _read_metadata(self._asked(self.settings.issuer.rstrip("/") + _PLACE), self)
            return self._told[1]

    def keys(self, known: Callable[[KeySet], bool]) -> KeySet:
        """Its keys, asked for anew when those we have will not do."""
        place = self.metadata().place("jwks_uri")
        now = self.clock.now()
        with self._lock:
            kept = self._keys
            fits = kept is not None and now - kept[0] < _KEPT and (known(kept[1]) or now - kept[0] < _KEYS_AGAIN)
            if kept is None or not fits:
                self._keys = kept = now, _read_keys(self._asked(place))
        return kept[1]

    def _asked(self, address: str) -> Reply:
        if self._silent is not None and self.clock.now() - self._silent < _MOMENT:
            raise away("it did not answer a moment ago")
        try:
            return self.ask("GET", address)
        except OutsideUnavailable:
            self._silent = self.clock.now()
            raise

    def ask(
        self, method: str, address: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Reply:
        """One question; raises OutsideUnavailable. Nobody is followed to where he points."""
        parts = urlsplit(address)
        server = Server(
            f"{parts.scheme}://{parts.netloc}",
            trust=self.settings.trusted,
            connect_within=min(self.within, 5.0),
            answer_within=self.within,
        )
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            reply = server.ask(method, target, body, {"Accept": "application/json", **(headers or {})}, limit=LIMIT)
        except NoAnswer as error:
            raise away(error.detail) from error
        if reply.status >= 500 or 300 <= reply.status < 400:  # noqa: PLR2004  what HTTP calls so
            raise away(f"HTTP {reply.status}")
        return reply


def json_of(reply: Reply) -> dict[str, Any]:
    """The object it answered; raises Mistrusted."""
    try:
        found = json.loads(reply.body)
    except (ValueError, RecursionError) as error:
        raise Mistrusted("no JSON") from error
    if not isinstance(found, dict):
        raise Mistrusted("no JSON object")
    return found


def _read_metadata(reply: Reply, provider: Provider) -> Metadata:
    if reply.status != OK:
        raise away(f"HTTP {reply.status}")
    told = json_of(reply)
    if told.get("issuer") != provider.settings.issuer:
        raise Mistrusted(f"issuer {str(told.get('issuer'))[:100]}")
    places = {name: told[name] for name in (*_NEEDED, *_OFFERED) if told.get(name)}
    if missing := [name for name in _NEEDED if name not in places]:
        raise Mistrusted(f"no {missing[0]}")
    if wrong := [name for name, place in places.items() if not _usable(place)]:
        raise Mistrusted(f"bad {wrong[0]}")
    ways = told.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    return Metadata(places, says_in_header="client_secret_basic" in ways)


def _usable(place: object) -> bool:
    if not isinstance(place, str) or not place.isprintable() or " " in place:
        return False
    try:
        parts = urlsplit(place)
        return parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc and not parts.fragment
    except ValueError:
        return False


def _read_keys(reply: Reply) -> KeySet:
    if reply.status != OK:
        raise away(f"HTTP {reply.status}")
    told = json_of(reply).get("keys")
    if not isinstance(told, list) or not 0 < len(told) <= _MOST_KEYS:
        raise Mistrusted("no keys")
    mine = [one for one in told if isinstance(one, dict) and one.get("kty") in {"RSA", "EC", "OKP"}]
    usable = [one for one in mine if one.get("use", "sig") == "sig"]
    try:
        return KeySet.import_key_set({"keys": usable})
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise Mistrusted("keys that cannot be read") from error
