"""The authority's own tables and their rows as frozen values; times are seconds since 1970."""

from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Any, Final

import sqlalchemy as sa

META: Final = sa.MetaData()
AUTHORITIES: Final = sa.Table(
    "ca_authorities",
    META,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("certificate", sa.LargeBinary, nullable=False),
    sa.Column("key_places", sa.JSON, nullable=False),
)
ORDERS: Final = sa.Table(
    "ca_orders",
    META,
    sa.Column("authority", sa.String(64), primary_key=True),
    sa.Column("order_id", sa.String(200), primary_key=True),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("template", sa.String(64), nullable=False),
    sa.Column("serial", sa.String(40), nullable=False),
    sa.Column("not_after", sa.BigInteger, nullable=False),
    sa.Column("tbs", sa.LargeBinary, nullable=False),
    sa.Column("certificate", sa.LargeBinary),
    sa.Column("ordered_at", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("authority", "serial"),
    sa.Index("ix_ca_orders_newest", "authority", "template", "not_after"),
)
#: What makes the list of everything that was issued readable in parts.
ISSUED_ORDER: Final = sa.Index("ix_ca_orders_issued", ORDERS.c.authority, ORDERS.c.ordered_at, ORDERS.c.order_id)
REVOCATIONS: Final = sa.Table(
    "ca_revocations",
    META,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("authority", sa.String(64), nullable=False),
    sa.Column("serial", sa.String(40), nullable=False),
    sa.Column("reason", sa.String(32), nullable=False),
    sa.Column("revoked_at", sa.BigInteger, nullable=False),
    sa.Column("not_after", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("authority", "serial"),
    sqlite_autoincrement=True,
)
#: A hold that was taken back keeps its row, with a new number: whoever follows the numbers learns of it.
RELEASED: Final = "removeFromCRL"
LISTS: Final = sa.Table(
    "ca_revocation_lists",
    META,
    sa.Column("authority", sa.String(64), primary_key=True),
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("revision", sa.BigInteger, nullable=False),
    sa.Column("made_at", sa.BigInteger, nullable=False),
    sa.Column("crl", sa.LargeBinary),
)
REQUESTS: Final = sa.Table(
    "ca_requests",
    META,
    sa.Column("authority", sa.String(64), primary_key=True),
    sa.Column("order_id", sa.String(200), primary_key=True),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("template", sa.String(64), nullable=False),
    sa.Column("request", sa.LargeBinary, nullable=False),
    sa.Column("subject", sa.JSON, nullable=False),
    sa.Column("alternative", sa.JSON, nullable=False),
    sa.Column("asked_at", sa.BigInteger, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("decided_at", sa.BigInteger),
    sa.Column("decided_by", sa.String(200), nullable=False),
    sa.Column("comment", sa.String(500), nullable=False),
    sa.Column("told", sa.Boolean, nullable=False),
    sa.Index("ix_ca_requests_state", "authority", "state", "asked_at"),
)
MANUAL_TEMPLATES: Final = sa.Table(
    "ca_manual_templates",
    META,
    sa.Column("authority", sa.String(64), primary_key=True),
    sa.Column("template", sa.String(64), primary_key=True),
)


@unique
class ApprovalState(StrEnum):
    """Where a request for an approver stands."""

    OPEN = "open"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class RequestRow:
    """A request that waits, or waited, for an approver; everything needed to issue once he said yes."""

    authority: str
    order_id: str
    digest: str
    template: str
    request: bytes
    subject: tuple[tuple[str, str], ...]
    alternative: tuple[tuple[str, str], ...]
    asked_at: int
    state: ApprovalState = ApprovalState.OPEN
    decided_at: int | None = None
    decided_by: str = ""
    comment: str = ""
    told: bool = False


@dataclass(frozen=True, slots=True)
class AuthorityRow:
    """An authority: its certificate and where its keys are."""

    name: str
    certificate: bytes
    key_places: dict[str, Any]


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order and what is to be signed for it; the certificate once it was."""

    authority: str
    order_id: str
    digest: str
    template: str
    serial: str
    not_after: int
    tbs: bytes
    ordered_at: int
    certificate: bytes | None = None


@dataclass(frozen=True, slots=True)
class RevocationRow:
    """A revoked certificate."""

    authority: str
    serial: str
    reason: str
    revoked_at: int
    not_after: int


@dataclass(frozen=True, slots=True)
class ListRow:
    """A certificate revocation list; ``revision`` is the last revocation it knows of."""

    number: int
    revision: int
    made_at: int
    crl: bytes | None
