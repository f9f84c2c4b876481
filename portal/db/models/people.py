"""The directory: units, people, groups, and the words people are found by."""

from datetime import datetime
from enum import StrEnum, unique
from typing import Final

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, TextClause, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db.base import Base, Id, UtcTime, by_value, key
from portal.domain.import_state import ImportState

#: Written out, as a planner must read it to use the index that has it as its condition.
_INACTIVE: Final[TextClause] = text("NOT active")


class Unit(Base):
    """A container of the directory; ``path`` is the list of names from the root down to it."""

    __tablename__ = "units"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    path: Mapped[list[str]] = mapped_column(JSON)


class Person(Base):
    """A directory user; ``attributes`` holds every value a recipe or a rule may name.

    ``login_key`` is the folded login, by which logins are one of a kind; ``version`` counts changes made by people.
    ``email_key`` and ``upn_key`` are what somebody is found by who proves elsewhere that they are his.
    """

    __tablename__ = "people"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    login: Mapped[str] = mapped_column(key(100), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str] = mapped_column(String(200), default="")
    title: Mapped[str] = mapped_column(String(200), default="")
    attributes: Mapped[dict[str, str]] = mapped_column(JSON)
    active: Mapped[bool] = mapped_column(default=True)
    search_key: Mapped[str] = mapped_column(key(500))
    sort_key: Mapped[str] = mapped_column(key(250))
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    version: Mapped[int] = mapped_column(default=1)
    login_key: Mapped[str] = mapped_column(key(100))
    manager_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    email_key: Mapped[str] = mapped_column(key(250), default="", server_default="", index=True)
    upn_key: Mapped[str] = mapped_column(key(250), default="", server_default="", index=True)

    __table_args__ = (
        # the columns behind the key let the filters be tested without opening the row
        Index("ix_people_sort_key_id", "sort_key", "id", "unit_id", "active"),
        Index("ix_people_search_key", "search_key", "active", "unit_id", postgresql_include=["id"]),
        Index("ix_people_unit_id", "unit_id", "active"),
        Index("uq_people_login_key", "login_key", unique=True),
        # few are inactive: looking for them one by one would pass through everybody
        Index("ix_people_inactive", "sort_key", "id", "unit_id", sqlite_where=_INACTIVE, postgresql_where=_INACTIVE),
    )


class Group(Base):
    """A group of the directory."""

    __tablename__ = "groups"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)


class Membership(Base):
    """Who is in which group."""

    __tablename__ = "memberships"
    __table_args__ = ({"sqlite_with_rowid": False},)

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True, autoincrement=False)
    group_id: Mapped[int] = mapped_column(ForeignKey("groups.id"), primary_key=True, autoincrement=False, index=True)


class PeopleImport(Base):
    """A file of people, sealed, of one account: checked, confirmed and taken over, then kept for an hour.

    ``fence`` counts who took it up or changed what is wanted of it: only the newest may write. What the check found is
    sealed in ``preview``; ``marks`` tell of each line what it would do, to find what is different later.
    """

    __tablename__ = "people_imports"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    token: Mapped[str] = mapped_column(String(32), unique=True)
    owner: Mapped[str] = mapped_column(String(100))
    file_name: Mapped[str] = mapped_column(String(200))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    mapping: Mapped[list[str]] = mapped_column(JSON)
    total: Mapped[int]
    state: Mapped[ImportState] = mapped_column(by_value(ImportState))
    changed_at: Mapped[datetime] = mapped_column(UtcTime)
    expires_at: Mapped[datetime] = mapped_column(UtcTime, index=True)
    fence: Mapped[int] = mapped_column(default=0)
    tries: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None] = mapped_column(UtcTime)
    preview: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    marks: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    leave_out: Mapped[bool] = mapped_column(default=False)
    fault: Mapped[str] = mapped_column(String(40), default="")


@unique
class TermKind(StrEnum):
    """What a search word leads to."""

    PERSON = "person"
    DEVICE = "device"


class SearchTerm(Base):
    """A word, folded, and the person or device it leads to."""

    __tablename__ = "search_terms"
    __table_args__ = (
        # the way back: to forget the words of one person or device, and to see whether it has one
        Index("ix_search_terms_entity_id_kind", "entity_id", "kind", "term"),
        {"sqlite_with_rowid": False},
    )

    kind: Mapped[TermKind] = mapped_column(by_value(TermKind), primary_key=True)
    term: Mapped[str] = mapped_column(key(200), primary_key=True)
    entity_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
