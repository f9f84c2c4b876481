"""The questions django-ca is asked."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from urllib.parse import quote, urlencode

from portal.connectors.ca.answering import expected, given, refused, unavailable
from portal.connectors.ca.believing import key_hash_of
from portal.connectors.ca.django_ca.messages import (
    KnownCertificate,
    Profile,
    Unreadable,
    read_certificate,
    read_json,
    read_profile,
)
from portal.connectors.http import Reply, Server

_Said = TypeVar("_Said")
_Read = TypeVar("_Read")
#: All certificates that are valid now, some five kilobytes each: there is no other way to search.
LARGEST_LIST: Final = 64 << 20
_JSON: Final = {"Content-Type": "application/json", "Accept": "application/json"}
_SLUG: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_OK, _BAD, _MISSING, _MALFORMED = 200, 400, 404, 422


@dataclass(frozen=True, slots=True)
class Talk:
    """Speaks to one authority of a server; raises Stopped or NoAnswer."""

    server: Server
    ca: str

    def profiles(self) -> tuple[Profile, ...]:
        """Every profile."""
        return tuple(_understood(read_profile, one) for one in _list(self._got("/profiles/")))

    def profile(self, name: str) -> Profile:
        reply = self.server.ask("GET", f"/profiles/{quote(name, safe='')}/", headers=_JSON)
        if reply.status == _MISSING:
            raise refused("unknown_template", name)
        return _understood(read_profile, _json(expected(reply, _OK)))

    def authority(self) -> KnownCertificate:
        """The authority's own certificate."""
        return _understood(read_certificate, self._got(f"/ca/{self.ca}/"))

    def sign(self, body: bytes) -> str:
        """Order; the answer is the name of the order over there."""
        reply = given(lambda: self.server.ask("POST", f"/ca/{self.ca}/sign/", body, _JSON))
        if reply.status in {_BAD, _MALFORMED}:
            raise refused("said_no", _detail(reply))
        slug = _json(expected(reply, _OK))
        if not (isinstance(slug, dict) and _SLUG.fullmatch(str(slug.get("slug")))):
            raise unavailable("unreadable answer")
        return str(slug["slug"])

    def order(self, slug: str) -> tuple[str, str]:
        """State and serial number of an order."""
        if not _SLUG.fullmatch(slug):
            raise refused("unknown_ticket", slug)
        said = self._got(f"/ca/{self.ca}/orders/{slug}/")
        if not isinstance(said, dict):
            raise unavailable("unreadable answer")
        return str(said.get("status")), str(said.get("serial") or "")

    def certificate(self, serial: str) -> KnownCertificate:
        return _understood(read_certificate, self._got(f"/ca/{self.ca}/certs/{serial}/"))

    def of_key(self, wanted: str, profile: str) -> KnownCertificate | None:
        """The first certificate that was issued for this key."""
        asked = urlencode({"profile": profile, "revoked": "true"})
        said = self._got(f"/ca/{self.ca}/certs/?{asked}", limit=LARGEST_LIST)
        return min(_of_key(said, wanted), key=lambda one: one.created, default=None)

    def everything(self) -> tuple[KnownCertificate, ...]:
        """Every certificate it ever issued: it tells them only all at once."""
        asked = urlencode({"revoked": "true", "expired": "true"})
        said = self._got(f"/ca/{self.ca}/certs/?{asked}", limit=LARGEST_LIST)
        return tuple(_understood(read_certificate, one) for one in _list(said))

    def revoke(self, serial: str, body: bytes) -> KnownCertificate | None:
        """Revoke; None when it says that it cannot, because it is revoked for instance."""
        reply = self.server.ask("POST", f"/ca/{self.ca}/certs/{serial}/revoke/", body, _JSON)
        if reply.status == _MISSING:
            raise refused("unknown_serial", serial)
        if reply.status == _MALFORMED:
            raise refused("unknown_reason", _detail(reply))
        if reply.status == _BAD:
            return None
        return _understood(read_certificate, _json(expected(reply, _OK)))

    def _got(self, path: str, *, limit: int = 1 << 20) -> Any:
        return _json(expected(self.server.ask("GET", path, headers=_JSON, limit=limit), _OK))


def _of_key(said: Any, wanted: str) -> Iterator[KnownCertificate]:
    for one in _list(said):
        found = _understood(read_certificate, one)
        if key_hash_of(found.der) == wanted:
            yield found


def _list(said: Any) -> list[Any]:
    if not isinstance(said, list):
        raise unavailable("unreadable answer")
    return said


def _json(reply: Reply) -> Any:
    return _understood(read_json, reply)


def _understood(read: Callable[[_Said], _Read], said: _Said) -> _Read:
    try:
        return read(said)
    except Unreadable as error:
        raise unavailable(f"unreadable answer: {error}") from error


def _detail(reply: Reply) -> str:
    return reply.body[:200].decode(errors="replace")
