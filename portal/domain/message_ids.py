"""Ids of messages: UUID of version 1, because the exchange reads their age from them."""

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import RFC_4122, UUID

#: Random bits of an id: 14 of the sequence and 48 of the node, of which one is overwritten.
CHANCE_BITS: Final = 62
_START: Final = datetime(1582, 10, 15, tzinfo=UTC)
_MULTICAST: Final = 1 << 40  # a node that is no network card says so


def message_id(now: datetime, chance: int) -> str:
    """The id of a message written now; ``chance`` are 62 random bits, so that no two are alike."""
    ticks = (now - _START) // timedelta(microseconds=1) * 10
    node = chance & (1 << 48) - 1 | _MULTICAST
    sequence = chance >> 48 & (1 << 14) - 1
    fields = (
        *(ticks & 0xFFFFFFFF, ticks >> 32 & 0xFFFF, ticks >> 48 & 0x0FFF | 0x1000),
        *(sequence >> 8 | 0x80, sequence & 0xFF, node),
    )
    return str(UUID(fields=fields))


def written_at(identifier: str) -> datetime:
    """When the message of this id was written; raises ValueError for what is no UUID of version 1."""
    uuid = UUID(identifier)
    if uuid.variant != RFC_4122 or uuid.version != 1:
        raise ValueError("not a UUID of version 1")
    return _START + timedelta(microseconds=uuid.time // 10)
