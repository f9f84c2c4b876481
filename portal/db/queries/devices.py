"""The list of devices: any filter, any depth.

Every combination of filters is driven by the index that leaves least to look at: the words typed, then the reason,
then a rare state, then the expiry; the remaining filters are tested on what comes from there.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, exists, select, tuple_

from portal.db.base import AnyRow, AnySelect
from portal.db.models import IS_DUE, IS_TROUBLED, Device, DeviceFinding
from portal.db.queries.device_rows import device_rows
from portal.db.queries.hits import devices_hit, understood
from portal.db.queries.paging import PAGE_SIZE, Count, Page, capped_count, cut, decode, encode
from portal.db.queries.views import DeviceRow
from portal.db.words import typed_words
from portal.domain.device import DeviceState
from portal.domain.findings import UpdateReason
from portal.domain.ids import PolicyId

#: Nearly every device is in this state: as a filter it leaves nearly everything.
_COMMON_STATE: Final = DeviceState.ISSUED


@dataclass(frozen=True, slots=True)
class DeviceFilter:
    """What a list of devices is narrowed to; empty fields narrow nothing.

    ``expires_from`` and ``expires_before`` bound the end of the first certificate to expire;
    ``due`` keeps devices that need an update, ``troubled`` those with a problem such as no policy.
    """

    text: str = ""
    state: DeviceState | None = None
    reason: UpdateReason | None = None
    policy: PolicyId | None = None
    expires_from: datetime | None = None
    expires_before: datetime | None = None
    due: bool = False
    troubled: bool = False

    @property
    def by_expiry(self) -> bool:
        """Whether the list is in order of expiry; otherwise it is in order of registration."""
        bounded = self.expires_from is not None or self.expires_before is not None
        return bounded and not self._narrow

    @property
    def _narrow(self) -> bool:
        rare_state = self.state not in {None, _COMMON_STATE}
        return bool(typed_words(self.text) or self.reason or self.troubled or rare_state)


def list_devices(
    connection: Connection, wanted: DeviceFilter, *, after: str | None = None, size: int = PAGE_SIZE
) -> Page[DeviceRow]:
    """One page of the devices that pass the filter."""
    reading = understood(connection, wanted.text) if wanted.text else ""
    query = _filtered(wanted, typed_words(reading))
    rows, more = cut(connection.execute(_page(query, wanted, after).limit(size + 1)).all(), size)
    place = _place(wanted, rows[-1]) if more else None
    return Page(
        device_rows(connection, [row.id for row in rows]),
        place,
        Count(len(rows)) if after is None and not more else capped_count(connection, query),
        understood="" if reading == wanted.text else reading,
    )


def _filtered(wanted: DeviceFilter, words: tuple[str, ...]) -> AnySelect:
    query = _source(wanted, words).where(*_expiry(wanted))
    if wanted.state is not None:
        query = query.where(Device.state == wanted.state)
    if wanted.policy is not None:
        query = query.where(Device.effective_policy_id == wanted.policy)
    if wanted.due:
        query = query.where(IS_DUE)
    if wanted.troubled:
        query = query.where(IS_TROUBLED)
    return query


def _source(wanted: DeviceFilter, words: tuple[str, ...]) -> AnySelect:
    columns: AnySelect = select(Device.id, Device.earliest_not_after)
    if words:
        hits = devices_hit(words[0]).cte("hits").prefix_with("MATERIALIZED")
        query = columns.join(hits, hits.c[0] == Device.id)
        query = query.where(*(Device.id.in_(devices_hit(word)) for word in words[1:]))
        return query.where(_has(wanted.reason)) if wanted.reason else query
    if wanted.reason:
        found = columns.join(DeviceFinding, DeviceFinding.device_id == Device.id)
        return found.where(DeviceFinding.reason == wanted.reason).distinct()
    return columns


def _has(reason: UpdateReason) -> ColumnElement[bool]:
    return exists().where(DeviceFinding.reason == reason, DeviceFinding.device_id == Device.id)


def _expiry(wanted: DeviceFilter) -> list[ColumnElement[bool]]:
    end = Device.earliest_not_after
    bounds = []
    if wanted.expires_from is not None:
        bounds.append(end >= wanted.expires_from)
    if wanted.expires_before is not None:
        bounds.append(end < wanted.expires_before)
    return bounds


def _page(query: AnySelect, wanted: DeviceFilter, after: str | None) -> AnySelect:
    if wanted.by_expiry:
        page = query.order_by(Device.earliest_not_after, Device.id)
        if after is None:
            return page
        place = tuple_(*decode(after, datetime, int))
        return page.where(tuple_(Device.earliest_not_after, Device.id) > place)
    page = query.order_by(Device.id)
    return page if after is None else page.where(Device.id > decode(after, int)[0])


def _place(wanted: DeviceFilter, last: AnyRow) -> str:
    return encode(last.earliest_not_after, last.id) if wanted.by_expiry else encode(last.id)
