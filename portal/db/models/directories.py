"""Directories outside: what of ours follows them, their synchronizations, and where the next one goes on."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db.base import Base, Id, UtcTime, by_value, key
from portal.domain.directory_sync import LinkKind, SyncEvent, SyncState


class DirectoryLink(Base):
    """A person, unit or group of ours that follows an entry over there, known by a key that never changes.

    ``name_hash`` and ``manager_hash`` stand for whole names over there. ``mark`` tells when members of a group were
    read last, and of a person that he is there, switched off. ``owed`` is what is still to be done with the devices of
    somebody who left.
    """

    __tablename__ = "directory_links"
    __table_args__ = (
        Index("uq_directory_links_kind_local_id", "kind", "local_id", unique=True),
        Index("ix_directory_links_name_hash", "connector_id", "name_hash"),
    )

    connector_id: Mapped[int] = mapped_column(
        ForeignKey("connectors.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    kind: Mapped[LinkKind] = mapped_column(by_value(LinkKind), primary_key=True)
    key: Mapped[str] = mapped_column(key(64), primary_key=True)
    local_id: Mapped[int] = mapped_column(Id)
    name_hash: Mapped[str] = mapped_column(String(40), default="")
    manager_hash: Mapped[str] = mapped_column(String(40), default="")
    mark: Mapped[str] = mapped_column(String(64), default="")
    owed: Mapped[str] = mapped_column(String(20), default="", index=True)


class DirectoryCursor(Base):
    """Where the next reading of a directory goes on; worth nothing once the connector's ``version`` is another."""

    __tablename__ = "directory_cursors"

    connector_id: Mapped[int] = mapped_column(
        ForeignKey("connectors.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    version: Mapped[int]
    cursor: Mapped[str] = mapped_column(Text)
    whole_at: Mapped[datetime] = mapped_column(UtcTime)


class DirectorySync(Base):
    """One synchronization. ``fence`` counts who took it up: only the newest may write.

    ``suspended`` and ``revoked`` are devices of people who left. ``confirmed`` is how many somebody lets go for the
    ``reason`` he gave.
    """

    __tablename__ = "directory_syncs"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    connector_id: Mapped[int] = mapped_column(ForeignKey("connectors.id", ondelete="CASCADE"), index=True)
    dry: Mapped[bool]
    whole: Mapped[bool]
    anyway: Mapped[bool]
    state: Mapped[SyncState] = mapped_column(by_value(SyncState), index=True)
    ordered_by: Mapped[str] = mapped_column(String(100))
    ordered_at: Mapped[datetime] = mapped_column(UtcTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcTime)
    fence: Mapped[int] = mapped_column(default=0)
    tries: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None] = mapped_column(UtcTime)
    seen: Mapped[int] = mapped_column(default=0)
    added: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    moved: Mapped[int] = mapped_column(default=0)
    disabled: Mapped[int] = mapped_column(default=0)
    gone: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    groups: Mapped[int] = mapped_column(default=0)
    leaving: Mapped[int] = mapped_column(default=0, server_default="0")
    suspended: Mapped[int] = mapped_column(default=0, server_default="0")
    revoked: Mapped[int] = mapped_column(default=0, server_default="0")
    confirmed: Mapped[int] = mapped_column(default=0, server_default="0")
    reason: Mapped[str] = mapped_column(String(300), default="", server_default="")
    fault: Mapped[str] = mapped_column(String(60), default="")
    detail: Mapped[str] = mapped_column(String(300), default="")


class DirectorySyncLine(Base):
    """What a synchronization did with one entry, or why it did nothing."""

    __tablename__ = "directory_sync_lines"
    __table_args__ = (Index("ix_directory_sync_lines_sync_id_event", "sync_id", "event", "id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    sync_id: Mapped[int] = mapped_column(ForeignKey("directory_syncs.id", ondelete="CASCADE"))
    event: Mapped[SyncEvent] = mapped_column(by_value(SyncEvent))
    person_id: Mapped[int | None] = mapped_column(Id)  # no foreign key: it never stands in anybody's way
    login: Mapped[str] = mapped_column(String(100))
    detail: Mapped[str] = mapped_column(String(300))
