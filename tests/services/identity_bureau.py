"""An office whose people are asked about: applications, an exchange and the registers behind it."""

import re
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid1

from sqlalchemy import select

from portal.connectors.smev.kinds.catalogue import CATALOGUE
from portal.connectors.vault_local import LocalVault
from portal.db.models import IdentityAnswer, IdentityApplication, IdentityQuestion
from portal.domain.identity import Organization
from portal.domain.identity_check import IdentityService, Verdict
from portal.domain.ids import PersonId
from portal.services.identity_answering import IdentityAnswering
from portal.services.identity_asking import IdentityAsking, Sender
from portal.services.identity_checks import IdentityChecks, Wanted
from portal.services.identity_verdicts import IdentityVerdicts
from tests.fakes.exchange import FakeExchange
from tests.support.office import Office

SNILS, INN = IdentityService.SNILS, IdentityService.INN_SEARCH
BOTH = frozenset({SNILS, INN})
FORM = {
    "surname": "Беляева",
    "given_name": "Марина",
    "no_middle_name": "y",
    "birth_date": "12.03.1990",
    "sex": "female",
    "snils": "112-233-445 95",
    "inn": "500100732259",
}
CONFIRMS = {
    "SnilsValidationRequest": '<SnilsValidationResponse xmlns="{0}"><Result>true</Result></SnilsValidationResponse>',
    "INNFDRFIORequest": (
        '<INNFDRFIOResponse xmlns="{0}"><PhysicalPersonINN>500100732259</PhysicalPersonINN></INNFDRFIOResponse>'
    ),
}
ASKER = Organization("УЦ", "7707083893", "1027700132195")


def reply_to(content: bytes, replies: dict[str, str] = CONFIRMS) -> str:
    """What the register answers to this question."""
    found = re.search(r'<(?:\w+:)?(\w+Request) xmlns(?::\w+)?="([^"]+)"', content.decode())
    assert found
    return replies[found[1]].format(found[2])


@dataclass
class Bureau:
    """Everything around applications, on one database."""

    office: Office
    exchange: FakeExchange = field(default_factory=FakeExchange)
    vault: LocalVault = field(default_factory=lambda: LocalVault(bytes(32)))

    @property
    def person(self) -> PersonId:
        return PersonId(self.office.device_row().holder_id)

    @property
    def checks(self) -> IdentityChecks:
        return IdentityChecks(self.office.database, self.office.clock, self.vault, self.office.bell)

    @property
    def verdicts(self) -> IdentityVerdicts:
        return IdentityVerdicts(self.office.database, self.office.clock, self.vault)

    def _made(self, kind: type) -> Any:
        return kind(self.office.database, self.office.clock, self.vault, CATALOGUE, self.office.bell)

    def start(self, services: frozenset[IdentityService] = BOTH, /, **fields: str) -> int:
        return self.checks.start(Wanted(self.person, services), FORM | fields, actor="operator")

    def ask(self) -> int:
        asking: IdentityAsking = self._made(IdentityAsking)
        return asking.ask_due(Sender(self.exchange, ASKER, "DEV", lambda: str(uuid1())))

    def tell_silent(self) -> int:
        asking: IdentityAsking = self._made(IdentityAsking)
        return asking.tell_silent()

    def take(self) -> int:
        answering: IdentityAnswering = self._made(IdentityAnswering)
        return answering.take(self.exchange)

    def registers_answer(self, replies: dict[str, str] = CONFIRMS) -> None:
        """Every message taken gets its answer, unless it has one."""
        known = {one.original_id for one in self.exchange.queue if hasattr(one, "original_id")}
        confirmed = {number for number, _ in self.exchange.confirmed}
        for number, content in self.exchange.taken.items():
            if number not in known and f"a-{number}" not in confirmed:
                self.exchange.answer(number, reply_to(content, replies))

    def verdict(self, number: int) -> Verdict:
        with self.office.database.read() as connection:
            query = select(IdentityApplication.verdict).where(IdentityApplication.id == number)
            found: Verdict = connection.execute(query).scalar_one()
            return found

    def questions(self, number: int) -> dict[IdentityService, Any]:
        query = select(IdentityQuestion.__table__).where(IdentityQuestion.application_id == number)
        with self.office.database.read() as connection:
            return {row.service: row for row in connection.execute(query)}

    def answers(self) -> list[Any]:
        with self.office.database.read() as connection:
            return list(connection.execute(select(IdentityAnswer.__table__).order_by(IdentityAnswer.id)))
