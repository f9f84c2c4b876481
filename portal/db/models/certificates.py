"""Certificates we issued, wrote or watch: every one has a row that explains it."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum, unique
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column

from portal.db.base import Base, Id, UtcTime, by_value, key
from portal.domain.certificate import CertificateKind, Purpose, Revocation


@unique
class CertificatePlace(StrEnum):
    """How far a certificate has come."""

    ISSUED = "issued"
    WRITTEN = "written"
    REMOVED = "removed"


#: On the token, and neither an old decryption key nor somebody else's; written out, so that a planner can read it.
IN_USE = text("status = 'written' AND NOT history AND answers <> ''")
#: The same beside other tables.
IN_USE_HERE = text("certificates.status = 'written' AND NOT certificates.history AND certificates.answers <> ''")
#: Revoked and still there.
REVOKED = text("status = 'written' AND NOT history AND answers <> '' AND revocation = 'revoked'")
REVOKED_HERE = text("certificates.revocation = 'revoked'")
#: Divides the parts of what a certificate answers: no name has it.
DIVIDER = "\x1f"


def answers(kind: CertificateKind, name: str, template: Sequence[str] = ()) -> str:
    """What of a policy a certificate answers, as one text the set-based rules join by; a tracked one answers nothing.

    ``template`` is the key of a managed one: authority, its template, purpose.
    """
    if kind is CertificateKind.MANAGED:
        return DIVIDER.join(("m", *template))
    return f"c{DIVIDER}{name}" if kind is CertificateKind.COMMON else ""


def _answers_of(context: DefaultExecutionContext) -> str:
    row: dict[str, Any] = context.get_current_parameters()  # type: ignore[no-untyped-call]
    template = (row.get("ca") or "", row.get("ca_template") or "", row.get("purpose") or "")
    return answers(row["kind"], row.get("name") or "", template)


class Certificate(Base):
    """A certificate of a device: managed (from a template), common (of a policy) or tracked (foreign, watched).

    ``name`` is the template's or the common certificate's; ``attributes`` are pairs of tracked attributes at issue.
    ``answers`` follows from the others and is filled in with each new row.
    """

    __tablename__ = "certificates"
    __table_args__ = (
        Index("ix_certificates_device_status", "device_id", "status"),
        Index("ix_certificates_ca_serial", "ca", "serial"),
        # what the set-based rules read of what is on the tokens of a fleet: of a device, what ends, what was revoked
        Index(
            "ix_certificates_answers",
            *("device_id", "answers", "not_after", "revocation"),
            sqlite_where=IN_USE,
            postgresql_where=IN_USE,
        ),
        Index(
            "ix_certificates_ending",
            *("not_after", "device_id", "answers", "revocation"),
            sqlite_where=IN_USE,
            postgresql_where=IN_USE,
            postgresql_include=["fingerprint"],
        ),
        Index(
            "ix_certificates_revoked",
            *("device_id", "answers", "not_after"),
            sqlite_where=REVOKED,
            postgresql_where=REVOKED,
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("devices.id"))
    kind: Mapped[CertificateKind] = mapped_column(by_value(CertificateKind))
    name: Mapped[str] = mapped_column(String(200), default="")
    ca: Mapped[str] = mapped_column(String(60), default="")
    ca_template: Mapped[str] = mapped_column(String(100), default="")
    purpose: Mapped[Purpose | None] = mapped_column(by_value(Purpose))
    common_version: Mapped[int | None]
    answers: Mapped[str] = mapped_column(key(420), default=_answers_of, server_default="")
    fingerprint: Mapped[str] = mapped_column(key(64), index=True)
    key_id: Mapped[str] = mapped_column(String(128), default="")
    serial: Mapped[str] = mapped_column(key(64), default="")
    subject: Mapped[str] = mapped_column(String(500), default="")
    issuer: Mapped[str] = mapped_column(String(500), default="")
    not_before: Mapped[datetime | None] = mapped_column(UtcTime)
    not_after: Mapped[datetime | None] = mapped_column(UtcTime)
    revocation: Mapped[Revocation] = mapped_column(by_value(Revocation), default=Revocation.GOOD)
    attributes: Mapped[list[list[str]]] = mapped_column(JSON, default=list)
    escrow: Mapped[bool] = mapped_column(default=False)
    revoke_on_removal: Mapped[bool] = mapped_column(default=False)
    history: Mapped[bool] = mapped_column(default=False)
    status: Mapped[CertificatePlace] = mapped_column(by_value(CertificatePlace))
    removed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    update_id: Mapped[int | None] = mapped_column(Id)
    der: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
