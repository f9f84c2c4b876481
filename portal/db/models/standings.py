"""What the rules about a whole fleet read of each device: narrow rows that say what its last review found on it."""

from typing import Any, Final

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db.base import Base, Id

#: Written out, so that a planner can read it.
ALONE: Final = text("kit IS NULL")
#: The same beside other tables.
ALONE_HERE: Final = text("device_standings.kit IS NULL")


class KitRow(Base):
    """A kit (``portal.domain.kits``); its number is made of what it holds, so it never changes."""

    __tablename__ = "kits"

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    body: Mapped[list[Any]] = mapped_column(JSON)


class DeviceStanding(Base):
    """One device: whose unit decides (None: there is nothing to judge) and the number of its kit.

    ``kit`` 0 stands for a holder who is not there any more, None for a device only the domain may judge.
    ``windows`` tells under which renewal windows its next moment was found.
    """

    __tablename__ = "device_standings"
    __table_args__ = (
        Index("ix_device_standings_kit", "unit_id", "kit", "device_id", "holder_id"),
        Index("ix_device_standings_holder", "holder_id", "unit_id", "kit", "device_id"),
        Index(
            "ix_device_standings_alone",
            "device_id",
            sqlite_where=ALONE,
            postgresql_where=ALONE,
        ),
    )

    device_id: Mapped[int] = mapped_column(ForeignKey("devices.id"), primary_key=True, autoincrement=False)
    holder_id: Mapped[int | None] = mapped_column(Id)  # no foreign keys: what they name is held by the device itself
    unit_id: Mapped[int | None] = mapped_column(Id)
    kit: Mapped[int | None] = mapped_column(BigInteger)
    windows: Mapped[int] = mapped_column(BigInteger, default=0)
