"""Where database, authorities and tokens disagree: findings people decide about, and the rounds that look for them."""

from datetime import datetime

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.db.base import Base, Id, UtcTime, by_value, key
from portal.domain.drift import Decision, DriftKind, DriftState, Stage


class DriftFinding(Base):
    """One disagreement. ``subject`` says what it is about and names it for good: it is found again under it.

    No foreign keys: what it is about may be gone, and that may be why it was found. ``said`` is what each of the
    three said, as codes and plain data. ``decision`` is written down before anything is done.
    """

    __tablename__ = "drift_findings"
    __table_args__ = (
        Index("ix_drift_findings_state", "state", "id"),
        Index("ix_drift_findings_state_kind", "state", "kind", "id"),
        Index("ix_drift_findings_state_ca", "state", "ca", "id"),
        Index("ix_drift_findings_device_id", "device_id", "state"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    subject: Mapped[str] = mapped_column(key(300), unique=True)
    kind: Mapped[DriftKind] = mapped_column(by_value(DriftKind))
    state: Mapped[DriftState] = mapped_column(by_value(DriftState))
    usable: Mapped[bool] = mapped_column(default=False)
    ca: Mapped[str] = mapped_column(String(60), default="")
    serial: Mapped[str] = mapped_column(String(64), default="")
    name: Mapped[str] = mapped_column(String(200), default="")
    device_id: Mapped[int | None] = mapped_column(Id)
    certificate_id: Mapped[int | None] = mapped_column(Id)
    update_id: Mapped[int | None] = mapped_column(Id)
    seq: Mapped[int | None]
    said: Mapped[dict[str, str]] = mapped_column(JSON)
    opened_at: Mapped[datetime] = mapped_column(UtcTime)
    seen_at: Mapped[datetime] = mapped_column(UtcTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    decision: Mapped[Decision | None] = mapped_column(by_value(Decision))
    decided_by: Mapped[str] = mapped_column(String(100), default="")
    decided_at: Mapped[datetime | None] = mapped_column(UtcTime)
    comment: Mapped[str] = mapped_column(String(500), default="")
    trouble: Mapped[str] = mapped_column(String(200), default="")
    mending_update_id: Mapped[int | None] = mapped_column(Id)


class ReconciliationRound(Base):
    """One look at everything, in pieces: ``stage``, ``ca`` and ``mark`` tell where the next piece begins.

    ``lease_until`` and ``fence``: only whoever took it up last may write. ``orders_from`` is where looking at ended
    updates began, ``orders_to`` where it ends; ``missed`` tells that not all could be asked about. ``faults`` are
    authorities that did not answer.
    """

    __tablename__ = "reconciliation_rounds"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    ordered_by: Mapped[str] = mapped_column(String(100))
    #: true for the one that is under way, nothing for all others: the database lets no second one begin
    running: Mapped[bool | None] = mapped_column(unique=True)
    began_at: Mapped[datetime] = mapped_column(UtcTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcTime)
    stage: Mapped[Stage] = mapped_column(by_value(Stage))
    ca: Mapped[str] = mapped_column(String(60), default="")
    mark: Mapped[str] = mapped_column(String(300), default="")
    fence: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None] = mapped_column(UtcTime)
    orders_from: Mapped[datetime | None] = mapped_column(UtcTime)
    orders_to: Mapped[datetime] = mapped_column(UtcTime)
    missed: Mapped[bool] = mapped_column(default=False)
    orders: Mapped[int] = mapped_column(default=0)
    listed: Mapped[int] = mapped_column(default=0)
    strangers: Mapped[int] = mapped_column(default=0)
    certificates: Mapped[int] = mapped_column(default=0)
    devices: Mapped[int] = mapped_column(default=0)
    opened: Mapped[int] = mapped_column(default=0)
    closed: Mapped[int] = mapped_column(default=0)
    faults: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
