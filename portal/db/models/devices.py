"""Devices, what is wrong with them, and what is known of their tokens beside certificates."""

from datetime import datetime
from typing import Final

from sqlalchemy import JSON, ForeignKey, Index, String, column, literal_column
from sqlalchemy.orm import Mapped, mapped_column

from portal.db.base import Base, Id, UtcTime, by_value, key
from portal.domain.device import DeviceState
from portal.domain.findings import UpdateReason
from portal.domain.peculiarities import PeculiarityKind
from portal.domain.policy import Register


class Device(Base):
    """One device. ``need`` holds the bits of its due reasons, ``possible`` that optional certificates may change.

    ``effective_policy_id`` and ``effective_assignment_id`` are what the last review found to act and because of which
    assignment; ``problem`` is a code such as no_policy.
    """

    __tablename__ = "devices"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    serial: Mapped[str] = mapped_column(key(64), unique=True)
    type: Mapped[str] = mapped_column(String(60), default="")
    model: Mapped[str] = mapped_column(String(100), default="")
    manufacturer: Mapped[str] = mapped_column(String(100), default="")
    label: Mapped[str] = mapped_column(String(100), default="")
    comment: Mapped[str] = mapped_column(String(500), default="")
    holder_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    state: Mapped[DeviceState] = mapped_column(by_value(DeviceState))
    applied_policy_id: Mapped[int | None] = mapped_column(ForeignKey("policies.id"), index=True)
    applied_policy_version: Mapped[int | None]
    effective_policy_id: Mapped[int | None] = mapped_column(ForeignKey("policies.id"))
    effective_assignment_id: Mapped[int | None] = mapped_column(ForeignKey("assignments.id"), index=True)
    need: Mapped[int] = mapped_column(default=0)
    possible: Mapped[bool] = mapped_column(default=False)
    problem: Mapped[str] = mapped_column(String(40), default="")
    next_check_at: Mapped[datetime | None] = mapped_column(UtcTime)
    earliest_not_after: Mapped[datetime | None] = mapped_column(UtcTime)
    last_seen_at: Mapped[datetime | None] = mapped_column(UtcTime)
    last_seen_where: Mapped[str] = mapped_column(String(200), default="")
    free_memory: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (
        # the columns behind the key let the other filters be tested without opening the row
        Index("ix_devices_state_policy", "state", "effective_policy_id", "id", "need", "earliest_not_after"),
        Index("ix_devices_state", "state", "id", "need", "earliest_not_after"),
        Index("ix_devices_policy", "effective_policy_id", "id", "state", "need"),
        Index(
            "ix_devices_need",
            "need",
            "id",
            sqlite_where=column("need") > 0,
            postgresql_where=column("need") > 0,
        ),
        Index(
            "ix_devices_due",
            *("id", "state", "effective_policy_id"),
            sqlite_where=column("need") > 0,
            postgresql_where=column("need") > 0,
        ),
        Index(
            "ix_devices_problem",
            *("id", "problem", "state", "effective_policy_id", "need", "possible", "earliest_not_after"),
            sqlite_where=column("problem") != "",
            postgresql_where=column("problem") != "",
        ),
        Index(
            "ix_devices_possible",
            *("possible", "id", "effective_policy_id", "state", "need", "earliest_not_after"),
        ),
        Index("ix_devices_next_check_at", "next_check_at"),
        Index("ix_devices_type", "type"),
        # what a judgement may change, to be compared without opening the row
        Index(
            "ix_devices_judged",
            *("id", "need", "possible", "problem", "effective_policy_id", "effective_assignment_id"),
        ),
        # says nothing of what they need: in this order every device lies on another page, to be written for each
        Index("ix_devices_expiry", "earliest_not_after", "id", "effective_policy_id", "state"),
    )


# Written out in the statement: a planner only uses an index with a condition when it can read that condition.
IS_DUE: Final = Device.need > literal_column("0")
IS_TROUBLED: Final = Device.problem != literal_column("''")


class DeviceContents(Base):
    """What was last seen on the token; apart from the device, whose row is written anew whenever it is judged."""

    __tablename__ = "device_contents"

    device_id: Mapped[int] = mapped_column(ForeignKey("devices.id"), primary_key=True, autoincrement=False)
    contents: Mapped[dict[str, object]] = mapped_column(JSON)
    contents_hash: Mapped[str] = mapped_column(String(64))


class DeviceFinding(Base):
    """One reason why a device needs, or may have, an update, as the last review found it."""

    __tablename__ = "device_findings"
    __table_args__ = ({"sqlite_with_rowid": False},)

    reason: Mapped[UpdateReason] = mapped_column(by_value(UpdateReason), primary_key=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("devices.id"), primary_key=True, autoincrement=False, index=True)
    subject: Mapped[str] = mapped_column(key(250), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64), primary_key=True, default="")
    until: Mapped[datetime | None] = mapped_column(UtcTime)
    on: Mapped[bool | None]


class Peculiarity(Base):
    """What only looking at one device can tell, whatever policy acts: see ``portal.domain.peculiarities``."""

    __tablename__ = "peculiarities"
    __table_args__ = ({"sqlite_with_rowid": False},)

    device_id: Mapped[int] = mapped_column(ForeignKey("devices.id"), primary_key=True, autoincrement=False)
    kind: Mapped[PeculiarityKind] = mapped_column(by_value(PeculiarityKind), primary_key=True)
    subject: Mapped[str] = mapped_column(key(250), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64), primary_key=True, default="")
    until: Mapped[datetime | None] = mapped_column(UtcTime)


class FleetReview(Base):
    """A part of the fleet the monitor has to look at again, and how far it has come.

    ``policy_id`` narrows it to devices under that policy, ``unit_id`` to what people of the unit and of those below
    it hold; with neither it is everything. It goes up by the number of the device: ``after_id`` was the last.
    """

    __tablename__ = "fleet_reviews"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    policy_id: Mapped[int | None] = mapped_column(Id)  # no foreign keys: it never stands in anybody's way
    unit_id: Mapped[int | None] = mapped_column(Id)
    after_id: Mapped[int] = mapped_column(Id, default=0)
    asked_at: Mapped[datetime] = mapped_column(UtcTime)


class LeftoverObject(Base):
    """Something of ours on the token that an earlier update could not take away again."""

    __tablename__ = "leftovers"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("devices.id"), index=True)
    key_id: Mapped[str] = mapped_column(String(128))
    fingerprint: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcTime)


class Registration(Base):
    """A register outside that knows the device, or is told of it again until it does: then ``owed_since`` is set."""

    __tablename__ = "registrations"

    device_id: Mapped[int] = mapped_column(ForeignKey("devices.id"), primary_key=True, autoincrement=False)
    register: Mapped[Register] = mapped_column(by_value(Register), primary_key=True)
    registered_at: Mapped[datetime] = mapped_column(UtcTime)
    owed_since: Mapped[datetime | None] = mapped_column(UtcTime)


class KnownForeign(Base):
    """A foreign certificate somebody looked at and chose not to track."""

    __tablename__ = "known_foreign"

    device_id: Mapped[int] = mapped_column(ForeignKey("devices.id"), primary_key=True, autoincrement=False)
    fingerprint: Mapped[str] = mapped_column(String(64), primary_key=True)
    decided_by: Mapped[str] = mapped_column(String(100), default="")
    decided_at: Mapped[datetime] = mapped_column(UtcTime)
