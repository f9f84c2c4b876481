"""Identity checks of the small organisation, as people and registers make them."""

import re
from collections.abc import Mapping
from typing import Final
from uuid import uuid1

from sqlalchemy import select

from portal.bootstrap import Portal
from portal.connectors.smev.kinds.catalogue import CATALOGUE
from portal.db.models import Person
from portal.domain.identity import Organization
from portal.domain.identity_check import IdentityService
from portal.domain.ids import PersonId, UpdateId
from portal.services.identity_answering import IdentityAnswering
from portal.services.identity_asking import IdentityAsking, Sender
from portal.services.identity_checks import Wanted
from tests.fakes.exchange import FakeExchange

SNILS, PASSPORT = IdentityService.SNILS, IdentityService.PASSPORT
NAMES: Final = ("surname", "given_name", "middle_name")
#: Beside the names, which are those of the directory.
DATA: Final[Mapping[str, str]] = {
    "birth_date": "12.03.1990",
    "sex": "female",
    "snils": "112-233-445 95",
    "passport_series": "4509",
    "passport_number": "123456",
    "passport_date": "01.02.2015",
    "passport_code": "770-001",
    "passport_issuer": "ОВД Хамовники",
}
#: None of these may stand on a page that masks.
SECRETS: Final = ("11223344595", "112-233-445", "4509", "123456", "ОВД Хамовники", "12.03.1990", "770-001")


ASKER: Final = Organization("УЦ", "7707083893", "1027700132195")
SNILS_HOLDS: Final = '<SnilsValidationResponse xmlns="{0}"><Result>true</Result></SnilsValidationResponse>'
SNILS_DIFFERS: Final = '<SnilsValidationResponse xmlns="{0}"><Result>false</Result></SnilsValidationResponse>'
_KIND: Final = re.compile(r'<(?:\w+:)?(\w+) xmlns(?::\w+)?="([^"]+)"')


def asked_kind(content: bytes) -> tuple[str, str]:
    """The root of a question and its namespace."""
    found = _KIND.search(content.decode())
    assert found
    return found[1], found[2]


def a_check(
    portal: Portal,
    person: PersonId,
    services: frozenset[IdentityService] = frozenset({SNILS, PASSPORT}),
    update: UpdateId | None = None,
) -> int:
    """Somebody asks registers about this person."""
    with portal.database.read() as connection:
        known = connection.execute(select(Person.attributes).where(Person.id == person)).scalar_one()
    names: dict[str, str] = {name: known[name] for name in (*NAMES, "snils", "inn") if name in known}
    return portal.identity_checks.start(Wanted(person, services, update), {**DATA, **names}, actor="operator")


def registers_answer(portal: Portal, exchange: FakeExchange, replies: Mapping[str, str]) -> None:
    """Everything due is sent, and every register that has a reply here gives it."""
    parts = (portal.database, portal.clock, portal.vault, CATALOGUE, portal.bell)
    IdentityAsking(*parts).ask_due(Sender(exchange, ASKER, "DEV", lambda: str(uuid1())))
    for number, content in exchange.taken.items():
        kind, namespace = asked_kind(content)
        if kind in replies:
            exchange.answer(number, replies[kind].format(namespace))
    IdentityAnswering(*parts).take(exchange)
