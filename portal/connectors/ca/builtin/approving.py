"""Templates that ask for an approver: the order waits, a person decides, the next look completes it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Final

from portal.connectors.ca.builtin.orders import AcceptedOrder, BadOrder
from portal.connectors.ca.builtin.store import CaStore, Known, StoreDown, Taken
from portal.connectors.ca.builtin.tables import ApprovalState, RequestRow
from portal.connectors.ca.builtin.templates import CaTemplate
from portal.domain.errors import Conflict, NotFound, OutsideUnavailable
from portal.domain.outcomes import Waiting, WaitingFor
from portal.domain.troubles import Trouble, why
from portal.ports.approvals import ApprovalRequest, Decision, TemplateSwitch
from portal.ports.certificate_authority import CertificateOrder
from portal.ports.clock import Clock

#: A decision made before the update went to sleep is found by this first look.
SOON: Final = timedelta(seconds=20)
#: Later looks only make up for a bell that was lost.
LATER: Final = timedelta(minutes=10)


class Undecided(Exception):  # noqa: N818 - it says what happened
    """The order waits for its approver."""

    def __init__(self, row: RequestRow) -> None:
        super().__init__(row.order_id)
        self.row = row


def asked_for(authority: str, accepted: AcceptedOrder, order: CertificateOrder, now: datetime) -> RequestRow:
    """The request an order would be, should its template ask for an approver."""
    return RequestRow(
        authority=authority,
        order_id=order.order_id,
        digest=accepted.digest,
        template=order.template,
        request=order.request,
        subject=order.subject,
        alternative=order.alternative,
        asked_at=int(now.timestamp()),
    )


def demand_approval(store: CaStore, known: Known, asked: RequestRow) -> None:
    """Let an order through that needs no approver or has his yes; raises Undecided, and BadOrder after his no."""
    if known.request is None and not known.manual:
        return
    row = known.request or _written_down(store, asked)
    if row.digest != asked.digest:
        raise BadOrder("order_differs", row.order_id)
    if row.state is ApprovalState.OPEN:
        raise Undecided(row)
    if row.state is ApprovalState.REFUSED:
        raise BadOrder("declined", row.comment)
    if row.state is ApprovalState.WITHDRAWN:
        raise BadOrder("taken_back", row.order_id)


def _written_down(store: CaStore, asked: RequestRow) -> RequestRow:
    try:
        store.add_request(asked)
    except Taken:
        found = store.request(asked.authority, asked.order_id)
        if found is None:
            raise
        return found
    return asked


def order_of(row: RequestRow) -> CertificateOrder:
    """The order as it was asked for."""
    return CertificateOrder(row.order_id, row.template, row.request, row.subject, row.alternative)


def waits(row: RequestRow, now: datetime) -> Waiting:
    """Whom it waits for, and when to look again if nobody rings."""
    asked = datetime.fromtimestamp(row.asked_at, UTC)
    again = now + (SOON if now - asked < SOON else LATER)
    said = why(Trouble.CA_DECIDES, approver="portal", template=row.template)
    return Waiting(WaitingFor.CA, said, again, ticket=row.order_id)


class BuiltinApprovals:
    """Implements portal.ports.approvals.ApprovalDesk on the authority's own rows."""

    def __init__(self, name: str, store: CaStore, clock: Clock, templates: Mapping[str, CaTemplate]) -> None:
        self._name = name
        self._store = store
        self._clock = clock
        self._templates = templates

    def waiting(self) -> tuple[ApprovalRequest, ...]:
        with self._reached():
            return tuple(map(_request, self._store.open_requests(self._name))) if self._store.prepared() else ()

    def decide(self, order_id: str, *, approve: bool, comment: str, by: str) -> Decision:
        decision = {
            "state": ApprovalState.APPROVED if approve else ApprovalState.REFUSED,
            "decided_at": int(self._clock.now().timestamp()),
            "decided_by": by,
            "comment": comment[:500],
        }
        with self._reached():
            done = self._store.close_request(self._name, order_id, **decision)
            row = self._store.request(self._name, order_id)
        if row is None:
            raise NotFound("approval", id=order_id)
        if not done:
            raise Conflict("approval_over", state=row.state.value, by=row.decided_by)
        return _decision(row)

    def untold(self) -> tuple[Decision, ...]:
        with self._reached():
            return tuple(map(_decision, self._store.untold_requests(self._name))) if self._store.prepared() else ()

    def told(self, order_id: str) -> None:
        with self._reached():
            self._store.told(self._name, order_id)

    def templates(self) -> tuple[TemplateSwitch, ...]:
        with self._reached():
            manual = self._store.manual_templates(self._name) if self._store.prepared() else frozenset()
        return tuple(
            TemplateSwitch(template.name, template.purpose, template.validity, name in manual)
            for name, template in self._templates.items()
        )

    def switch(self, template: str, *, manual: bool) -> bool:
        if template not in self._templates:
            raise NotFound("ca_template", name=template)
        with self._reached():
            return self._store.switch(self._name, template, manual=manual)

    @contextmanager
    def _reached(self) -> Iterator[None]:
        try:
            yield
        except StoreDown as error:
            raise OutsideUnavailable("ca_unavailable", ca=self._name) from error


def _request(row: RequestRow) -> ApprovalRequest:
    asked = datetime.fromtimestamp(row.asked_at, UTC)
    return ApprovalRequest(row.order_id, row.template, row.subject, row.alternative, asked)


def _decision(row: RequestRow) -> Decision:
    approved = row.state is ApprovalState.APPROVED
    return Decision(row.order_id, row.template, approved=approved, comment=row.comment, by=row.decided_by)
