"""What was done with devices around their updates, what the world still owes for it, and what belongs to it."""

from datetime import datetime
from enum import StrEnum, unique
from typing import Final

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, column
from sqlalchemy.orm import Mapped, mapped_column

from portal.db.base import Base, Id, UtcTime, by_value, key
from portal.domain.device_life import Operation
from portal.domain.policy import Register


@unique
class OperationStatus(StrEnum):
    """How far an operation has come. A later one may take the place of one that is not carried out yet."""

    OPEN = "open"
    DONE = "done"
    SUPERSEDED = "superseded"


@unique
class OrderKind(StrEnum):
    """What an authority or a register is told; each may be told twice without harm."""

    HOLD = "hold"
    RELEASE = "release"
    REVOKE = "revoke"
    REGISTER = "register"
    SUSPEND = "suspend"
    RESUME = "resume"
    WITHDRAW = "withdraw"

    @property
    def of_register(self) -> bool:
        """Whether a register is told, not an authority."""
        return self in _OF_REGISTERS


_OF_REGISTERS: Final = frozenset({OrderKind.REGISTER, OrderKind.SUSPEND, OrderKind.RESUME, OrderKind.WITHDRAW})


@unique
class OrderStatus(StrEnum):
    """Where one order is; a pending one may have taken effect unseen."""

    PENDING = "pending"
    DONE = "done"
    REFUSED = "refused"
    SUPERSEDED = "superseded"


_OPEN: Final = column("status") == OperationStatus.OPEN.value
_BEHIND: Final = column("status") != OrderStatus.DONE.value


class DeviceOperation(Base):
    """One operation on one device: who, when, why; open until everything it ordered outside is done."""

    __tablename__ = "device_operations"
    __table_args__ = (
        Index("ix_device_operations_device", "device_id", "id"),
        Index("ix_device_operations_open", "wake_at", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("devices.id"))
    kind: Mapped[Operation] = mapped_column(by_value(Operation))
    reason: Mapped[str] = mapped_column(String(40), default="")
    comment: Mapped[str] = mapped_column(String(500), default="")
    person_id: Mapped[int | None] = mapped_column(Id)
    ordered_by: Mapped[str] = mapped_column(String(100))
    ordered_at: Mapped[datetime] = mapped_column(UtcTime)
    status: Mapped[OperationStatus] = mapped_column(by_value(OperationStatus))
    attempts: Mapped[int] = mapped_column(default=0)
    wake_at: Mapped[datetime | None] = mapped_column(UtcTime)
    lease_until: Mapped[datetime | None] = mapped_column(UtcTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcTime)


class DeviceOrder(Base):
    """One thing an operation tells the world: committed before it is told, and again when it was."""

    __tablename__ = "device_orders"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    operation_id: Mapped[int] = mapped_column(ForeignKey("device_operations.id"), index=True)
    kind: Mapped[OrderKind] = mapped_column(by_value(OrderKind))
    target: Mapped[str] = mapped_column(String(60))
    serial: Mapped[str] = mapped_column(String(64), default="")
    reason: Mapped[str] = mapped_column(String(40), default="")
    status: Mapped[OrderStatus] = mapped_column(by_value(OrderStatus))
    why: Mapped[dict[str, object] | None] = mapped_column(JSON(none_as_null=True))
    done_at: Mapped[datetime | None] = mapped_column(UtcTime)


class RegisterResult(Base):
    """The last thing a register was told of a device, and what came of it; ``since`` is when it was first told.

    A pending one is told again by the order ``order_id``; one that was refused waits for a person.
    """

    __tablename__ = "register_results"
    __table_args__ = (
        # everything that is not done, for the list of registers that are behind
        Index("ix_register_results_behind", "device_id", "status", sqlite_where=_BEHIND, postgresql_where=_BEHIND),
        {"sqlite_with_rowid": False},
    )

    device_id: Mapped[int] = mapped_column(ForeignKey("devices.id"), primary_key=True, autoincrement=False)
    register: Mapped[Register] = mapped_column(by_value(Register), primary_key=True)
    kind: Mapped[OrderKind] = mapped_column(by_value(OrderKind))
    status: Mapped[OrderStatus] = mapped_column(by_value(OrderStatus))
    why: Mapped[dict[str, object] | None] = mapped_column(JSON(none_as_null=True))
    since: Mapped[datetime] = mapped_column(UtcTime)
    told_at: Mapped[datetime] = mapped_column(UtcTime)
    order_id: Mapped[int | None] = mapped_column(Id)


class DeviceReplacement(Base):
    """A device in place of another: for good, or until a day."""

    __tablename__ = "device_replacements"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    old_id: Mapped[int] = mapped_column(ForeignKey("devices.id"), index=True)
    new_id: Mapped[int] = mapped_column(ForeignKey("devices.id"), index=True)
    until: Mapped[datetime | None] = mapped_column(UtcTime, index=True)
    reason: Mapped[str] = mapped_column(String(40), default="")
    ordered_by: Mapped[str] = mapped_column(String(100))
    ordered_at: Mapped[datetime] = mapped_column(UtcTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcTime)


class DeviceTag(Base):
    """A word people sort devices by."""

    __tablename__ = "device_tags"
    __table_args__ = ({"sqlite_with_rowid": False},)

    tag: Mapped[str] = mapped_column(key(60), primary_key=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("devices.id"), primary_key=True, autoincrement=False, index=True)


class DeviceSecret(Base):
    """The administrator PIN of a token, openable only with the vault's key.

    ``upcoming`` is kept before it is set on the token; until that is known to have happened either may be in force.
    """

    __tablename__ = "device_secrets"

    device_id: Mapped[int] = mapped_column(ForeignKey("devices.id"), primary_key=True, autoincrement=False)
    so_pin: Mapped[bytes | None] = mapped_column(LargeBinary)
    upcoming: Mapped[bytes | None] = mapped_column(LargeBinary)
    changed_at: Mapped[datetime] = mapped_column(UtcTime)
