"""An authority behind two folders. Its people are told by files what to do, and are waited for."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, ClassVar, Final, TypeVar

from cryptography import x509

from portal.connectors.ca.answering import (
    Stopped,
    answered,
    deciding,
    demand_reason,
    list_in_doubt,
    refused,
    settled,
    told,
    unavailable,
    wanted_key,
)
from portal.connectors.ca.believing import NotBelieved, believed, key_hash_of
from portal.connectors.ca.certificates import certificates_of
from portal.connectors.ca.files.folders import AT_ONCE, Folders, file_name, is_file_name
from portal.connectors.ca.files.revoking import Desk
from portal.connectors.ca.revocations import Standing
from portal.connectors.unreadable import UNREADABLE
from portal.domain.certificate import Revocation
from portal.domain.outcomes import Effect, Outcome
from portal.ports.certificate_authority import (
    CertificateOrder,
    IssuedCertificate,
    IssuedPage,
    ListedCertificate,
    RevocationOrder,
    Revoked,
)
from portal.ports.clock import Clock

_Reply = TypeVar("_Reply")
#: Somebody may be copying the file just now.
_STILL_WRITTEN: Final = timedelta(minutes=1)
_CERTIFICATES: Final = (".cer", ".crt", ".p7b")
_REFUSAL: Final = ".txt"


@dataclass(frozen=True, slots=True)
class FilesAuthority:
    """``anchors`` are the certificates an issued one must lead to, and whose lists of revoked ones are believed."""

    holds: ClassVar[bool] = False
    folders: Folders
    anchors: tuple[x509.Certificate, ...]
    clock: Clock
    poll: timedelta

    def request(self, order: CertificateOrder) -> Outcome[IssuedCertificate]:
        return answered(lambda: reached(lambda: self._ordered(order)))

    def look_up(self, ticket: str) -> Outcome[IssuedCertificate]:
        name, _dot, wanted = ticket.partition(".")
        return answered(lambda: reached(lambda: self._awaited(name, wanted)))

    def effect_of(self, order: CertificateOrder) -> Effect[IssuedCertificate]:
        return settled(lambda: reached(lambda: self._known(order)))

    def revoke(self, order: RevocationOrder) -> Outcome[Revoked]:
        return answered(lambda: reached(lambda: self._revoked(order)))

    def status(self, serial: str) -> Revocation:
        try:
            return reached(lambda: self.desk.standing(serial)).state
        except (Stopped, NotBelieved, ValueError):
            return Revocation.UNKNOWN

    @property
    def desk(self) -> Desk:
        """The people who revoke over there."""
        return Desk(self.folders, self.anchors, self.clock, self.poll)

    def issued_since(self, mark: str) -> IssuedPage:
        """What was answered under the names of our orders; the mark is the last name that was looked at."""
        return told(lambda: reached(lambda: self._issued_since(mark)))

    def _issued_since(self, mark: str) -> IssuedPage:
        names = self.folders.sent(mark)
        found = (self._listed(name) for name in names)
        return IssuedPage(tuple(one for one in found if one), names[-1] if len(names) == AT_ONCE else "")

    def _listed(self, name: str) -> ListedCertificate | None:
        answer = self.folders.answer(name, *_CERTIFICATES)
        if answer is None:
            return None
        said = self.folders.manifest(name)
        wanted = said.get("public_key_sha256")
        ours = [one for one in _readable(answer[0]) if wanted is None or _is_for(one, wanted)]
        if not ours:
            return None
        try:
            serial = format(x509.load_der_x509_certificate(ours[0]).serial_number, "x")
        except UNREADABLE:  # somebody's odd file keeps nobody from being told of the others
            return None
        written = datetime.fromtimestamp(answer[1], UTC)
        return ListedCertificate(serial, ours[0], written, str(said.get("order", name)))

    def _ordered(self, order: CertificateOrder) -> IssuedCertificate:
        name, wanted = file_name(order.order_id), wanted_key(order.request)
        self._one_order(name, wanted)
        if found := self._found(name, wanted):
            return found
        self.folders.put(name, order.request, _manifest(order, wanted, self.clock.now()))
        return self._awaited(name, wanted)

    def _known(self, order: CertificateOrder) -> IssuedCertificate | None:
        name, wanted = file_name(order.order_id), wanted_key(order.request)
        self._one_order(name, wanted)
        found = self._found(name, wanted)
        if found is None and self.folders.was_put(name) and self.folders.answer(name, _REFUSAL) is None:
            raise self._deciding(name, wanted)
        return found

    def _awaited(self, name: str, wanted: str) -> IssuedCertificate:
        if not is_file_name(name) or not self.folders.was_put(name):
            raise refused("unknown_ticket", name)
        if found := self._found(name, wanted):
            return found
        if refusal := self.folders.answer(name, _REFUSAL):
            raise refused("declined", refusal[0].decode(errors="replace").strip())
        raise self._deciding(name, wanted)

    def _one_order(self, name: str, wanted: str) -> None:
        said = self.folders.manifest(name).get("public_key_sha256", wanted)
        if said != wanted:
            raise refused("order_differs", name)

    def _found(self, name: str, wanted: str) -> IssuedCertificate | None:
        """The certificate under the name of the order, else under any name, by its key."""
        named = self.folders.answer(name, *_CERTIFICATES)
        if named is not None:
            return self._read(name, named, wanted)
        if not self.folders.was_put(name):
            return None
        for data in self.folders.others(*_CERTIFICATES):
            certificates = _readable(data)
            if any(_is_for(one, wanted) for one in certificates):
                return believed(wanted, certificates, self.anchors, self.clock.now())
        return None

    def _read(self, name: str, answer: tuple[bytes, float], wanted: str) -> IssuedCertificate:
        data, written = answer
        try:
            return believed(wanted, certificates_of(data), self.anchors, self.clock.now())
        except NotBelieved as error:
            fresh = self.clock.now() - datetime.fromtimestamp(written, UTC) < _STILL_WRITTEN
            if error.detail == "unreadable" and fresh:
                raise self._deciding(name, wanted) from error
            raise

    def _revoked(self, order: RevocationOrder) -> Revoked:
        demand_reason(order.reason, holds=self.holds)
        found = self._carried_out(order.serial, order.reason)
        return Revoked(found.since or self.clock.now())

    def _carried_out(self, serial: str, reason: str) -> Standing:
        try:
            return self.desk.carried_out(format(int(serial, 16), "x"), reason)
        except ValueError as error:
            raise refused("unknown_serial", serial) from error
        except NotBelieved as error:
            raise list_in_doubt(error) from error

    def _deciding(self, name: str, wanted: str) -> Stopped:
        return deciding(f"{name}.{wanted}", self.clock.now() + self.poll)


def _manifest(order: CertificateOrder, wanted: str, now: datetime) -> dict[str, Any]:
    return {
        "order": order.order_id,
        "profile": order.template,
        "subject": [list(pair) for pair in order.subject],
        "alternative": [list(pair) for pair in order.alternative],
        "public_key_sha256": wanted,
        "request_sha256": sha256(order.request).hexdigest(),
        "asked_at": now.isoformat(),
    }


def _readable(data: bytes) -> tuple[bytes, ...]:
    try:
        return certificates_of(data)
    except NotBelieved:
        return ()


def _is_for(certificate: bytes, wanted: str) -> bool:
    try:
        return key_hash_of(certificate) == wanted
    except ValueError:
        return False


def reached(work: Callable[[], _Reply]) -> _Reply:
    """What was found in the folders; raises Stopped when they cannot be reached."""
    try:
        return work()
    except OSError as error:
        raise unavailable(f"{error.filename or ''}: {error.strerror or error}") from error
