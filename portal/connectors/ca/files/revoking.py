"""Revocations, holds and releases by files: people are asked for one, and their list says when it took place."""

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any, Final

from cryptography import x509

from portal.connectors.ca.answering import HOLD, RELEASE, Stopped, refused
from portal.connectors.ca.files.folders import LARGEST_LIST, Folders
from portal.connectors.ca.revocations import Standing, read_list, standing
from portal.domain.certificate import Revocation
from portal.domain.outcomes import Waiting, WaitingFor
from portal.domain.troubles import Trouble, why
from portal.ports.clock import Clock

_REFUSAL: Final = ".txt"
#: How a certificate stands once a wish was carried out; every other reason is for good.
_FULFILLED: Final = {
    HOLD: frozenset({Revocation.ON_HOLD, Revocation.REVOKED}),
    RELEASE: frozenset({Revocation.GOOD}),
}
_GONE: Final = frozenset({Revocation.REVOKED})


@dataclass(frozen=True, slots=True)
class Desk:
    """The people over there. The last wish for a certificate counts, and is remembered until it was carried out."""

    folders: Folders
    anchors: tuple[x509.Certificate, ...]
    clock: Clock
    poll: timedelta

    def standing(self, serial: str) -> Standing:
        """As the newest of their lists says; raises OSError, Stopped, NotBelieved or ValueError."""
        return self._newest(serial)[0]

    def carried_out(self, serial: str, reason: str) -> Standing:
        """How it stands once their list says what was wished; raises Stopped until then, and ValueError."""
        found, told_by = self._newest(serial)
        if reason == RELEASE and found.state is Revocation.REVOKED:
            raise refused("revoked_for_good", serial)
        wish = self.folders.wish(serial)
        same = wish.get("reason") == reason
        # while another wish is open, a list from before it does not tell which of the two was carried out
        later = not wish or (same and wish.get("list") != told_by)
        if found.state in _FULFILLED.get(reason, _GONE) and (later or found.state is Revocation.REVOKED):
            self.folders.forget_wish(serial)
            return found
        if same:
            self._declined(serial, wish)
        # taken away, and their next list does not say so: they may have taken it for an earlier wish
        if not same or (wish.get("list") != told_by and not self.folders.shows(_file(serial))):
            self._ask(serial, reason, told_by)
        said = why(Trouble.CA_REFUSED, "hold_there" if reason in _FULFILLED else "revoke_there", about=serial)
        raise Stopped(Waiting(WaitingFor.CA, said, self.clock.now() + self.poll, serial))

    def _ask(self, serial: str, reason: str, told_by: str) -> None:
        asked = {"serial": serial, "reason": reason, "asked_at": self.clock.now().isoformat()}
        refusal = self._refusal(serial)[1]
        self.folders.show(_file(serial), asked)
        self.folders.remember_wish(serial, {"reason": reason, "list": told_by, "refusal": refusal})

    def _declined(self, serial: str, wish: dict[str, Any]) -> None:
        text, mark = self._refusal(serial)
        if mark != wish.get("refusal"):
            self.folders.forget_wish(serial)
            raise refused("declined", text)

    def _refusal(self, serial: str) -> tuple[str, str]:
        """What they say against it, and what tells that from an earlier word."""
        found = self.folders.answer(f"{serial}.revoke", _REFUSAL)
        if found is None:
            return "", ""
        data, written = found
        return data.decode(errors="replace").strip(), f"{written} {sha256(data).hexdigest()}"

    def _newest(self, serial: str) -> tuple[Standing, str]:
        """By the newest list, and which one that is."""
        lists = [read_list(data, self.anchors) for data in self.folders.others(".crl", limit=LARGEST_LIST)]
        newest = max(lists, key=lambda one: one.last_update_utc, default=None)
        if newest is None:
            return Standing(Revocation.UNKNOWN), ""
        return standing(newest, serial, self.clock.now()), sha256(newest.signature).hexdigest()


def _file(serial: str) -> str:
    return f"{serial}.revoke.json"
