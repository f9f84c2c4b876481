"""Runs that wait for registers of the state, brought there by the real journal and the real services."""

from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import func, select

from portal.bootstrap import Portal
from portal.db.models import Device, IdentityApplication, IdentityQuestion, Person
from portal.db.snapshots import policy_version
from portal.domain.identity_check import CheckState, IdentityRules, IdentityService, RefutedBy
from portal.domain.ids import DeviceId, PersonId
from portal.domain.outcomes import Waiting, WaitingFor
from portal.domain.troubles import Trouble, why
from portal.domain.update_state import UpdateStatus
from portal.ports.journal import Claim
from portal.services.identity_checks import Wanted
from portal.services.identity_rows import call_all, change_question, judge
from portal.services.policies import publish
from tests.web.runs import Runner
from tests.web.visits import Visit

CHECKS = frozenset({IdentityService.PASSPORT, IdentityService.SNILS})
#: What stands in somebody's documents, beside the names.
DOCUMENTS = {
    "birth_date": "12.03.1990",
    "birth_place": "г. Тверь",
    "sex": "female",
    "citizenship": "RUS",
    "passport_series": "28 10",
    "passport_number": "123456",
    "passport_date": "01.04.2010",
    "passport_code": "690-001",
    "passport_issuer": "ОУФМС России по Тверской области",
    "snils": "112-233-445 95",
}
#: The whole form, for who holds the device that is due.
FORM = {"surname": "Беляева", "given_name": "Марина", "middle_name": "Сергеевна", **DOCUMENTS}


@dataclass(frozen=True, slots=True)
class _Place:
    due: DeviceId


class Waits:
    """A run of a device whose policy demands that its holder be confirmed; nothing was asked yet."""

    def __init__(self, portal: Portal, device: int) -> None:
        self.portal = portal
        holder = select(Person.id, Person.attributes).join(Device, Device.holder_id == Person.id)
        with portal.database.read() as connection:
            row = connection.execute(holder.where(Device.id == device)).one()
        self.person = PersonId(row.id)
        self.names = {name: row.attributes[name] for name in ("surname", "given_name", "middle_name")}
        self.run = Runner(portal, _Place(DeviceId(device))).enter_pin()
        claim = self.run.claim().claim
        self.run.journal.intend(claim, 1, now=self.run.now)
        self._park(claim, Trouble.IDENTITY_NEEDED)

    def parks_again(self, trouble: Trouble) -> None:
        """A worker has looked once more."""
        self._park(self.run.claim().claim, trouble)

    def _park(self, claim: Claim, trouble: Trouble) -> None:
        again = Waiting(WaitingFor.IDENTITY, why(trouble), self.run.now + timedelta(hours=1))
        self.run.journal.park(claim, 1, again, accepted=True, now=self.run.now)

    @property
    def address(self) -> str:
        return f"updates/{self.run.update}"

    def asks(self, **fields: str) -> "Waits":
        """Somebody has filled in the form, and a worker has looked."""
        wanted = Wanted(self.person, CHECKS, self.run.update)
        self.portal.identity_checks.start(wanted, {**self.names, **DOCUMENTS, **fields}, actor="operator")
        self.parks_again(Trouble.IDENTITY_ASKED)
        return self

    def says(self, service: IdentityService, state: CheckState, reason: RefutedBy | None = None) -> "Waits":
        """What the register's question comes to."""
        now = self.portal.clock.now()
        newest = select(IdentityQuestion.id, IdentityQuestion.application_id).order_by(IdentityQuestion.id.desc())
        with self.portal.database.begin() as connection:
            row = connection.execute(newest.where(IdentityQuestion.service == service)).first()
            assert row is not None
            change_question(connection, row.id, state=state, refuted_by=reason, sent_at=now, answered_at=now)
            calls = judge(connection, row.application_id, self.portal.bell, now)
        call_all(self.portal.bell, calls)
        return self

    def ends(self) -> None:
        """Somebody has cancelled the update."""
        self.portal.updates.cancel(self.run.update, actor="operator")
        self.run.journal.end(self.run.claim().claim, UpdateStatus.CANCELLED, None, now=self.run.now)

    def applications(self) -> int:
        """How many there are."""
        with self.portal.database.read() as connection:
            return connection.execute(select(func.count()).select_from(IdentityApplication)).scalar_one()


@dataclass(frozen=True, slots=True)
class Seat:
    """A side of the portal, and somebody who may ask there."""

    side: str
    visit: Visit

    def both(self, address: str) -> str:
        """The page, which holds its fragment."""
        page, _fragment = self.visit.both(f"/{self.side}/{address}")
        return page


def qualify(portal: Portal, checks: frozenset[IdentityService]) -> None:
    """From now on the devices of the world are to carry a qualified certificate."""
    with portal.database.begin() as connection:
        policy = policy_version(connection, 1, 1)
        templates = (replace(policy.templates[0], qualified=True), *policy.templates[1:])
        draft = replace(policy, templates=templates, identity=IdentityRules(ask=True, checks=checks))
        publish(connection, draft, actor="admin", now=portal.clock.now())
