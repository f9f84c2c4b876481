"""Sees every effect the moment it happens and knows what must never be."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from portal.domain.ids import UpdateId
from portal.domain.plan_items import ISSUING
from portal.domain.update_plan import Action
from portal.domain.update_state import StepStatus
from portal.domain.update_steps import StepKind
from portal.ports.certificate_authority import CertificateOrder, RevocationOrder
from portal.ports.identity_check import IdentityOrder
from portal.ports.journal import StepRecord
from portal.ports.token import RemoveCertificate, RemoveKeyPair, TokenOrder
from tests.chaos.scenery import DEVICE, READER, UPDATE, Scene
from tests.fakes.authority import FakeAuthority
from tests.fakes.journal import MemoryJournal
from tests.support.clock import FrozenClock

#: steps whose effect may come now
ACTING = frozenset({StepStatus.INTENDED, StepStatus.UNDOING})

#: who pays what is owed
SWEEPER = "sweeper"


class Violation(AssertionError):  # noqa: N818  it is what happened
    """Something that must never be, was."""


@dataclass(slots=True)
class Watch:
    """Looks over the shoulder of one story."""

    scene: Scene
    journal: MemoryJournal
    ca: FakeAuthority
    clock: FrozenClock
    update: UpdateId = UPDATE
    acting: list[str] = field(default_factory=list)
    expected_away: set[str] = field(default_factory=set)
    first_keys: set[str] = field(default_factory=set)
    changed_before: bool = False
    confirmed: set[str] = field(default_factory=set)
    #: plan items whose certificate is only for somebody registers of the state have confirmed
    demanding: int = 0

    def __post_init__(self) -> None:
        policy = self.scene.policy
        asking = {template.key for template in policy.templates if policy.checks_for(template)}
        self.demanding = sum(i.action in ISSUING and i.template in asking for i in self.scene.plan.items)
        self.first_keys = set(self.scene.token.keys)
        self.expected_away = {
            item.fingerprint
            for item in self.scene.plan.items
            if item.action in {Action.DELETE, Action.DELETE_COMMON, Action.CLEAN} or item.first
        }
        self.scene.token.on_change = self.on_token
        self.ca.on_issue = self.on_issue
        self.ca.on_revoke = self.on_revoke

    def on_token(self, order: TokenOrder) -> None:
        key_id = getattr(order, "key_id", "")
        if self.changed_before:
            raise Violation("the token was changed though it was not what the plan was made from")
        if self.demanding and not self.confirmed:
            raise Violation("the token was changed before anybody confirmed who holds it")
        self._allowed(key_id=key_id)
        match order:
            case RemoveCertificate():
                if key_id in self.scene.foreign:
                    raise Violation("a foreign certificate is removed")
                self._keeps_proved(order)
                self._keeps_usable(order)
            case RemoveKeyPair():
                if key_id in self.scene.foreign:
                    raise Violation("a foreign key is removed")
                beside = (place for place in self.scene.token.certificates if place[0] == key_id)
                if any(self._usable(place) and not self._left(place) for place in beside):
                    raise Violation("I1: the key of a usable certificate is removed")
            case _:
                pass

    def on_issue(self, order: CertificateOrder) -> None:
        self._allowed(order_id=order.order_id)
        demanded = next(r.step.services for r in self._steps() if r.step.order_id == order.order_id)
        if demanded and order.order_id not in self.confirmed:
            raise Violation("a qualified certificate for somebody nobody has confirmed")
        item = order.order_id.split("-")[1]
        if any(known.split("-")[1] == item for known, _ in self.ca.ledger):
            raise Violation("I3: a second certificate for one plan item")

    def on_confirm(self, order: IdentityOrder) -> None:
        self.confirmed.add(order.order_id)

    def _steps(self) -> Sequence[StepRecord]:
        return self.journal.rows[self.update].steps

    def on_revoke(self, order: RevocationOrder) -> None:
        self._allowed()
        for place, der in self.scene.token.certificates.items():
            in_use = place[0] in self.scene.token.keys and not self._left(place)
            if READER.certificate(der).serial == order.serial and in_use:
                raise Violation("a certificate in use is revoked")

    def _left(self, place: tuple[str, str]) -> bool:
        """Whether a run that was given up left it behind: nobody relies on it, the next update cleans it away."""
        return place in self.journal.records[DEVICE].leftovers

    def _allowed(self, *, key_id: str = "", order_id: str = "") -> None:
        """The one who acts holds the update, and the journal says what for."""
        row = self.journal.rows[self.update]
        if self.acting and self.acting[-1] == SWEEPER:
            if not any(order_id in {"", row.steps[seq - 1].step.order_id} for seq in row.owed):
                raise Violation("I8: an effect though nothing is owed")
            return
        if not self.acting or row.owner != self.acting[-1]:
            raise Violation("I7: an effect by somebody who lost the update")
        for record in row.steps:
            if record.status is StepStatus.WAITING and order_id:
                return
            if record.status not in ACTING:
                continue
            if key_id in {"", record.step.key_id} and order_id in {"", record.step.order_id}:
                return
        raise Violation("I8: an effect without a committed intent")

    def _keeps_usable(self, order: RemoveCertificate) -> None:
        place = (order.key_id, order.fingerprint)
        if order.key_id not in self.first_keys or order.fingerprint in self.expected_away or not self._usable(place):
            return
        if order.fingerprint not in self._first_fingerprints():
            return
        name = self._name(place)
        others = (p for p in self.scene.token.certificates if p != place and self._name(p) == name)
        if not any(self._usable(other) and self._trusted(other) for other in others):
            raise Violation(f"I1: the last usable certificate {name!r} is removed")

    def _keeps_proved(self, order: RemoveCertificate) -> None:
        for record in self.journal.rows[self.update].steps:
            step = record.step
            proved = step.kind is StepKind.VERIFY_CERTIFICATE and record.status is StepStatus.DONE
            if proved and record.reply and record.reply["fingerprint"] == order.fingerprint:
                raise Violation("I1: a certificate is removed that was proved in this update")

    def _first_fingerprints(self) -> set[str]:
        contents = self.scene.device.contents
        return {c.fingerprint for c in contents.certificates} if contents else set()

    def _trusted(self, place: tuple[str, str]) -> bool:
        return place[1] in self._first_fingerprints() or place[1] in self.scene.token.proved

    def _name(self, place: tuple[str, str]) -> str:
        return READER.certificate(self.scene.token.certificates[place]).subject

    def _usable(self, place: tuple[str, str]) -> bool:
        facts = READER.certificate(self.scene.token.certificates[place])
        valid = facts.not_before <= self.clock.now() < facts.not_after
        return valid and place[0] in self.scene.token.keys and facts.serial not in self.ca.revoked
