"""Signed step lists: one order each, for one workstation, for as long as its lease."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from portal.db.base import AnyRow
from portal.domain.agent_tasks import AgentOrderState
from portal.ports.agent_orders import SignedList, StepList
from portal.ports.agent_protocol import dump
from portal.ports.agent_trust import OrderSigner
from portal.ports.vault import Vault
from portal.services.agent_order_rows import change, order_of, outstanding
from portal.services.agent_task_rows import LEASE
from portal.services.agents import KnownAgent


def list_name(order: AnyRow) -> str:
    """What a list is called: each try of an order is a list of its own."""
    return f"{order.uid}.{order.tries}"


def order_named(name: str) -> tuple[str, int]:
    """The order and its try; an impossible try for what is no name of a list."""
    uid, _, tries = name.rpartition(".")
    return uid, int(tries) if tries.isascii() and tries.isdigit() and len(tries) < 6 else -1  # noqa: PLR2004  a try has a few digits


@dataclass(frozen=True, slots=True)
class ListMaker:
    """Hands orders out to who has their task."""

    signer: OrderSigner
    vault: Vault

    def next_list(
        self, connection: Connection, task: AnyRow, agent: KnownAgent, now: datetime, *, goes_back: bool
    ) -> SignedList | None:
        """What the workstation shall do now: what it has already and did not report, else what comes next.

        What it has goes first: nothing overtakes an order that may be under way.
        """
        orders = outstanding(connection, task.id)
        if not orders:
            return None
        order = orders[0]
        if order.state is AgentOrderState.OPEN:
            if order.not_before is not None and order.not_before > now:
                return None
            handed = {"handed_to": agent.id, "handed_at": now, "epoch": task.epoch}
            change(connection, order.id, state=AgentOrderState.HANDED, **handed)
        certain = not order.doubtful and not goes_back
        return self._signed(task, order, agent, now, contents=task.content_hash if certain else "")

    def _signed(self, task: AnyRow, order: AnyRow, agent: KnownAgent, now: datetime, *, contents: str) -> SignedList:
        steps = StepList(
            id=list_name(order),
            task=task.uid,
            agent=agent.uid,
            serial=task.serial,
            epoch=task.epoch,
            made_at=now,
            expires_at=now + LEASE,
            orders=(order_of(order, self.vault),),
            content_hash=contents,
        )
        body = dump(steps)
        return SignedList(body.decode(), self.signer.sign(body))
