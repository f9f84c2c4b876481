"""What became true, as rows: applied in the transaction that writes down the outcome."""

from datetime import datetime
from typing import Any, Final, assert_never

from sqlalchemy import (
    BindParameter,
    Connection,
    CursorResult,
    and_,
    bindparam,
    delete,
    insert,
    or_,
    select,
    update,
)

from portal.db import register_book
from portal.db.contents import store_contents
from portal.db.models import (
    Certificate,
    CertificatePlace,
    CommonCertificateVersion,
    DeviceSecret,
    KnownForeign,
    LeftoverObject,
)
from portal.db.models.certificates import answers
from portal.db.prepared import Prepared
from portal.domain.certificate import CertificateKind, Revocation
from portal.domain.facts import (
    CertificateIssued,
    CertificateRemoved,
    CertificateRetained,
    CertificateRevoked,
    CertificateWritten,
    CommonWritten,
    ContentsSeen,
    DeviceRegistered,
    DeviceWithdrawn,
    Fact,
    KeyGenerated,
    KeyRemoved,
    LeftBehind,
    RegisterOwed,
    TokenInitialized,
)
from portal.domain.ids import DeviceId, UpdateId

_DEVICE: Final[BindParameter[int]] = bindparam("b_device")
_FINGERPRINT: Final[BindParameter[str]] = bindparam("b_fingerprint")
_KEY_ID: Final[BindParameter[str]] = bindparam("b_key_id")
_OURS = Certificate.kind != CertificateKind.TRACKED

_MINE = (Certificate.device_id == _DEVICE, Certificate.fingerprint == _FINGERPRINT, _OURS)
_WRITE = Prepared(
    update(Certificate)
    .where(*_MINE)
    .values(status=CertificatePlace.WRITTEN, removed_at=None)
    .returning(Certificate.key_id)
)
_REMOVE = Prepared(
    update(Certificate)
    .where(*_MINE, Certificate.status != CertificatePlace.REMOVED)
    .values(status=CertificatePlace.REMOVED, removed_at=bindparam("b_now", type_=Certificate.removed_at.type))
)
_RETAIN = Prepared(update(Certificate).where(*_MINE).values(history=True))
_REVOKE = Prepared(
    update(Certificate)
    .where(Certificate.ca == bindparam("b_ca"), Certificate.serial == bindparam("b_serial"))
    .values(revocation=Revocation.REVOKED)
)
_KNOWN = Prepared(select(Certificate.id).where(*_MINE))
_left = LeftoverObject
#: A key that was left alone; a certificate left beside it is forgotten by itself.
FORGET_KEY = Prepared(
    delete(_left).where(_left.device_id == _DEVICE, _left.key_id == _KEY_ID, _left.fingerprint.is_(None))
)
_FORGET_CERTIFICATE = Prepared(delete(_left).where(_left.device_id == _DEVICE, _left.fingerprint == _FINGERPRINT))
_LEFT = Prepared(
    select(_left.id).where(
        _left.device_id == _DEVICE,
        _left.key_id == _KEY_ID,
        or_(_left.fingerprint == _FINGERPRINT, and_(_left.fingerprint.is_(None), _FINGERPRINT.is_(None))),
    )
)
_LEAVE = Prepared(
    insert(_left)
    .inline()
    .values(
        device_id=_DEVICE,
        key_id=bindparam("b_key_id", type_=_left.key_id.type),
        fingerprint=bindparam("b_fingerprint", type_=_left.fingerprint.type),
        created_at=bindparam("b_now", type_=_left.created_at.type),
    )
)
#: A new row, to the last column: what is left out is not made up on the way.
_ADD = Prepared(
    insert(Certificate)
    .inline()
    .values({c.key: bindparam(f"b_{c.key}", type_=c.type) for c in Certificate.__table__.columns if c.key != "id"})
)
_BLANK: Final[dict[str, Any]] = {
    **dict.fromkeys(("purpose", "common_version", "not_before", "not_after", "removed_at", "der")),
    **dict.fromkeys(("ca", "ca_template", "serial"), ""),
    **dict.fromkeys(("escrow", "revoke_on_removal", "history"), False),
    "revocation": Revocation.GOOD,
    "attributes": [],
}


class FactWriter:
    """Writes the facts of one step of one update."""

    def __init__(self, connection: Connection, device: DeviceId, update: UpdateId, now: datetime) -> None:
        self._connection = connection
        self._device = device
        self._update = update
        self._now = now

    def apply(self, fact: Fact) -> None:  # noqa: C901, PLR0912  one line for each fact there is
        """Make the rows say it; saying it twice changes nothing."""
        match fact:
            case KeyGenerated():
                pass  # the step that made it tells of it until a certificate does
            case KeyRemoved(key_id=key_id):
                self._run(FORGET_KEY, b_key_id=key_id)
            case CertificateIssued():
                self._issued(fact)
            case CertificateWritten(fingerprint=fingerprint):
                self._written(fingerprint)
            case CertificateRemoved(fingerprint=fingerprint):
                self._removed(fingerprint)
            case CertificateRetained(fingerprint=fingerprint):
                self._run(_RETAIN, b_fingerprint=fingerprint)
            case CertificateRevoked(ca=ca, serial=serial):
                self._run(_REVOKE, b_ca=ca, b_serial=serial)
            case CommonWritten():
                self._common(fact)
            case DeviceRegistered() | DeviceWithdrawn() | RegisterOwed():
                register_book.apply(self._connection, self._device, fact, self._now)
            case ContentsSeen(contents=contents):
                store_contents(self._connection, self._device, contents)
            case LeftBehind():
                self._left_behind(fact)
            case TokenInitialized():
                self._initialized()
            case _:
                assert_never(fact)

    def _run(self, statement: Prepared, **values: Any) -> CursorResult[Any]:
        return statement.run(self._connection, {"b_device": self._device, **values})

    def _issued(self, fact: CertificateIssued) -> None:
        if self._run(_KNOWN, b_fingerprint=fact.fingerprint).first() is None:
            self._insert(
                kind=CertificateKind.MANAGED,
                name=fact.template_name,
                ca=fact.template.ca,
                ca_template=fact.template.ca_template,
                purpose=fact.template.purpose,
                fingerprint=fact.fingerprint,
                key_id=fact.key_id,
                serial=fact.serial,
                subject=fact.subject[:500],
                issuer=fact.issuer[:500],
                not_before=fact.not_before,
                not_after=fact.not_after,
                attributes=[list(pair) for pair in fact.attributes],
                escrow=fact.escrow,
                revoke_on_removal=fact.revoke_on_removal,
                status=CertificatePlace.ISSUED,
                der=fact.der,
            )

    def _common(self, fact: CommonWritten) -> None:
        opened = CommonCertificateVersion
        told = (opened.subject, opened.issuer, opened.not_before, opened.not_after)
        known = select(*told).where(opened.fingerprint == fact.fingerprint)
        seen = self._connection.execute(known).first()
        self._removed(fact.fingerprint)
        self._insert(
            kind=CertificateKind.COMMON,
            name=fact.name,
            common_version=fact.version,
            fingerprint=fact.fingerprint,
            key_id=fact.key_id,
            subject=seen.subject if seen else "",
            issuer=seen.issuer if seen else "",
            not_before=seen.not_before if seen else None,
            not_after=seen.not_after if seen else None,
            status=CertificatePlace.WRITTEN,
        )

    def _insert(self, **values: Any) -> None:
        whose = {"device_id": self._device, "update_id": self._update, "created_at": self._now}
        row = {**_BLANK, **whose, **values}
        row["answers"] = answers(row["kind"], row["name"], (row["ca"], row["ca_template"], row["purpose"] or ""))
        _ADD.run(self._connection, {f"b_{name}": value for name, value in row.items()})

    def _written(self, fingerprint: str) -> None:
        row = self._run(_WRITE, b_fingerprint=fingerprint).first()
        if row is not None:
            self._run(FORGET_KEY, b_key_id=row.key_id)

    def _removed(self, fingerprint: str) -> None:
        self._run(_REMOVE, b_fingerprint=fingerprint, b_now=self._now)
        self._run(_FORGET_CERTIFICATE, b_fingerprint=fingerprint)

    def _left_behind(self, fact: LeftBehind) -> None:
        if fact.fingerprint is not None:
            self._run(_REMOVE, b_fingerprint=fact.fingerprint, b_now=self._now)
        if self._run(_LEFT, b_key_id=fact.key_id, b_fingerprint=fact.fingerprint).first() is None:
            self._run(_LEAVE, b_key_id=fact.key_id, b_fingerprint=fact.fingerprint, b_now=self._now)

    def _initialized(self) -> None:
        """Whatever was on the token is gone, watched certificates too."""
        gone = {"status": CertificatePlace.REMOVED, "removed_at": self._now}
        there = (Certificate.device_id == self._device, Certificate.status == CertificatePlace.WRITTEN)
        self._connection.execute(update(Certificate).where(*there).values(gone))
        for table in (LeftoverObject, KnownForeign):
            self._connection.execute(delete(table).where(table.device_id == self._device))
        mine = (DeviceSecret.device_id == self._device, DeviceSecret.upcoming.is_not(None))
        adopted = {"so_pin": DeviceSecret.upcoming, "upcoming": None, "changed_at": self._now}
        self._connection.execute(update(DeviceSecret).where(*mine).values(adopted))
