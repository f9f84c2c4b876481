"""The order in which a plan touches the token, and which keys must survive it.

Make before break: everything new is written and proved before anything old goes, but for what a person let go first
and what is lost anyway. A key goes with the last certificate that shares it, and never while another certificate on
the token, or in our records, still needs it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum, unique

from portal.domain.device import Device
from portal.domain.plan_items import DELETING, WRITING, Action, PlanItem


@unique
class ChangeKind(StrEnum):
    """What happens on the token for one item."""

    WRITE = "write"
    RETAIN = "retain"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class Change:
    """One change for the item at this index; ``with_key`` when a removal takes the key pair away too."""

    kind: ChangeKind
    item: int
    with_key: bool = False


def changes(items: Sequence[PlanItem], device: Device) -> tuple[Change, ...]:
    """Every change of the token, in order."""
    planned = tuple(_in_order(items))
    needed = keys_needed(items, device)
    last = {items[c.item].key_id: c for c in planned if c.kind is ChangeKind.REMOVE}
    return tuple(
        Change(c.kind, c.item, with_key=last.get(items[c.item].key_id) is c and items[c.item].key_id not in needed)
        for c in planned
    )


def keys_needed(items: Sequence[PlanItem], device: Device) -> frozenset[str]:
    """Key ids of everything that stays: foreign, tracked, kept, history, and renewed with the same key."""
    going = {(item.key_id, item.fingerprint) for item in items if item.removes}
    staying = {item.key_id for item in items if item.action is Action.RENEW_SAME_KEY}
    recorded = [(c.key_id, c.fingerprint) for c in device.managed]
    recorded += [(c.key_id, c.fingerprint) for c in device.commons]
    if device.contents:
        recorded += [(c.key_id, c.fingerprint) for c in device.contents.certificates]
    return frozenset(staying | {place[0] for place in recorded if place not in going})


def _in_order(items: Sequence[PlanItem]) -> Iterator[Change]:
    numbered = tuple(enumerate(items))
    for index, item in numbered:
        if item.first:
            yield Change(ChangeKind.REMOVE, index)
    for index, item in numbered:
        if item.action in WRITING:
            yield from _written(index, item)
    for index, item in numbered:
        if item.action in DELETING and not item.first:
            yield Change(ChangeKind.REMOVE, index)
        elif item.action is Action.RETAIN and not item.quiet:
            yield Change(ChangeKind.RETAIN, index)


def _written(index: int, item: PlanItem) -> Iterator[Change]:
    yield Change(ChangeKind.WRITE, index)
    if item.retains:
        yield Change(ChangeKind.RETAIN, index)
    elif item.removes and not item.first:
        yield Change(ChangeKind.REMOVE, index)
