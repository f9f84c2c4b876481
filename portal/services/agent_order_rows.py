"""Orders of a task as rows: put in, handed out, opened again, ended."""

import json
from base64 import b64decode, b64encode
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Connection, select, update

from portal.db.base import AnyRow
from portal.db.models import IS_OUTSTANDING, AgentOrder
from portal.domain.agent_tasks import AgentOrderState
from portal.domain.outcomes import WaitingFor
from portal.domain.plain_json import plain, reader
from portal.ports.agent_orders import OrderResult, SentOrder
from portal.ports.vault import Vault

#: How long an order is kept back after a refusal that may pass; twice as long each time.
PERSON_PAUSE: Final = timedelta(seconds=2)
LONGEST_PAUSE: Final = timedelta(minutes=5)
_PERSON: Final = frozenset({WaitingFor.PIN, WaitingFor.TOKEN})
_SENT: Final = reader(SentOrder)
_RESULT: Final = reader(OrderResult)
_KEY: Final = "private_key"


def digest_of(order: SentOrder) -> str:
    """Equal for the same order given again."""
    same = plain(replace(order, seq=1, doubtful=False))
    return sha256(json.dumps(same, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def body_of(order: SentOrder, uid: str, vault: Vault) -> object:
    """The order as it may lie in the database: a private key sealed."""
    body: Any = plain(order)
    if order.private_key:
        body[_KEY] = b64encode(vault.seal(order.private_key, context=_context(uid))).decode()
    return body


def order_of(row: AnyRow, vault: Vault) -> SentOrder:
    """The order of a row (``uid``, ``body``, ``doubtful``) as it is sent."""
    body = dict(row.body)
    if body.get(_KEY):
        body[_KEY] = b64encode(vault.open(b64decode(body[_KEY]), context=_context(row.uid))).decode()
    order: SentOrder = _SENT(body)
    return replace(order, seq=1, doubtful=row.doubtful)


def result_of(row: AnyRow) -> OrderResult | None:
    """What was reported last, None when nothing was."""
    if row.outcome is None:
        return None
    result: OrderResult = _RESULT(row.outcome["result"])
    return result


def outstanding(connection: Connection, task: int) -> list[AnyRow]:
    """Orders nobody has ended yet, oldest first: at most one that was handed out, and the newest that was not."""
    query = select(AgentOrder.__table__).where(AgentOrder.task_id == task, IS_OUTSTANDING)
    return list(connection.execute(query.order_by(AgentOrder.seq)))


def kept_back(connection: Connection, task: int, now: datetime) -> timedelta | None:
    """How long until the next order of the task may be handed out, None when there is none or nothing to wait for."""
    orders = outstanding(connection, task)
    until = orders[0].not_before if orders and orders[0].state is AgentOrderState.OPEN else None
    return until - now if until is not None and until > now else None


def open_again(connection: Connection, row: AnyRow, newest: int, *, now: datetime, whom: str = "") -> None:
    """What was handed out is in doubt: the next that gets it looks at the token first.

    An order after which the run gave another one is not given again.
    """
    if newest > row.seq:
        change(connection, row.id, state=AgentOrderState.WITHDRAWN, finished_at=now)
        return
    pause = _pause(row.tries, whom)
    values = {"doubtful": True, "tries": row.tries + 1, "not_before": now + pause if pause else None}
    change(connection, row.id, state=AgentOrderState.OPEN, **values)


def _pause(tries: int, whom: str) -> timedelta | None:
    if not whom:
        return None
    return PERSON_PAUSE if whom in _PERSON else min(PERSON_PAUSE * (1 << min(tries - 1, 12)), LONGEST_PAUSE)


def withdraw_outstanding(connection: Connection, task: int, now: datetime) -> None:
    """The run is over: nobody has anything to do any more."""
    left = update(AgentOrder).where(AgentOrder.task_id == task, IS_OUTSTANDING)
    connection.execute(left.values(state=AgentOrderState.WITHDRAWN, finished_at=now))


def forget_keys(connection: Connection, task: int) -> None:
    """What was imported is on the token, or nobody wants it there: no copy of its key stays here, sealed or not."""
    orders = connection.execute(select(AgentOrder.id, AgentOrder.body).where(AgentOrder.task_id == task))
    for order in orders.all():
        if order.body.get(_KEY):
            change(connection, order.id, body={**order.body, _KEY: ""})


def change(connection: Connection, order: int, **values: Any) -> None:
    """Set columns of one order."""
    connection.execute(update(AgentOrder).where(AgentOrder.id == order).values(values))


def _context(uid: str) -> str:
    return f"agent-order:{uid}"
