"""Whose account somebody is whom a provider vouches for, on both databases."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import InstrumentedAttribute

from portal.connectors.vault_local import LocalVault
from portal.connectors.x509 import X509Reader
from portal.db.models import Account, AccountSession, Connector, Person, SignInLink
from portal.db.transaction import Database
from portal.domain.connector_fields import ON
from portal.domain.connector_kinds import ConnectorKind
from portal.domain.connectors.oidc import OIDC_FIELDS
from portal.domain.errors import OutsideUnavailable
from portal.domain.permissions import Role
from portal.domain.sign_in import SignInDenied, SignInTrouble, SignInWay
from portal.ports.sign_in import Journey, Proved
from portal.services.connector_watch import ConnectorWatch
from portal.services.connectors import ConnectorDraft, Connectors
from portal.services.people import PersonDraft, add_people
from portal.services.provider_sign_in import ProviderSignIn
from portal.services.session_leavings import SessionLeavings
from portal.services.sessions import Sessions, Visitor
from tests.support.clock import FrozenClock

BACK = "https://keys.example/sign-in/with/corporate/answer"
DESK = Visitor("10.0.0.7", "Firefox")
HINT = "an-id-token"


@dataclass
class Vouching:
    """A provider that says what a test tells it; ``away`` it says nothing."""

    subject: str = "7"
    claims: Mapping[str, object] = field(default_factory=lambda: {"upn": "ANNA@corp.example"})
    away: bool = False

    def way_there(self, journey: Journey) -> str:
        return f"https://id.example/?state={journey.state}"

    def identify(self, _journey: Journey, _code: str) -> Proved:
        if self.away:
            raise OutsideUnavailable(SignInTrouble.AWAY.value, detail="HTTP 500")
        return Proved("https://id.example", self.subject, self.claims, hint=HINT)

    def way_out(self, back: str, hint: str = "") -> str:
        return f"https://id.example/out?to={back}&hint={hint}"


@dataclass
class Gate:
    """The way in, and who stands beside it."""

    database: Database
    clock: FrozenClock
    provider: Vouching = field(default_factory=Vouching)

    def __post_init__(self) -> None:
        database, clock = self.database, self.clock
        self.sessions = Sessions(database, clock, idle=timedelta(minutes=30), life=timedelta(hours=12))
        self.connectors = Connectors(database, clock, LocalVault(b"m" * 32), X509Reader())
        watch = ConnectorWatch(database, clock, lambda: 0.0)
        parts = (self.sessions, self.connectors, watch, lambda _values: self.provider)
        self.way = ProviderSignIn(database, clock, *parts)
        plain = {one.name: one.default for one in OIDC_FIELDS}
        plain |= {"label": "Keycloak", "issuer": "https://id.example", "client_id": "portal", "administrators": ON}
        plain |= {"match": "upn", "claim": "upn", "groups_claim": "groups", "roles": "helpers = operator"}
        self.connectors.add(ConnectorDraft(ConnectorKind.SIGN_IN_OIDC, "corporate", plain), actor="admin")

    def token(self) -> str:
        """Of a new session."""
        journey, _there = self.way.begin("corporate", BACK)
        return self.way.finish("corporate", journey, {"code": "c"}, DESK)

    def kept(self) -> list[bytes | None]:
        """What is kept of sessions for the provider to see."""
        with self.database.read() as connection:
            return list(connection.execute(select(AccountSession.hint).order_by(AccountSession.id)).scalars())

    def come(self) -> str:
        """Who somebody is here and what he may do."""
        session = self.sessions.find(self.token())
        assert session is not None
        assert (session.way, session.through) == (SignInWay.PROVIDER, "corporate")
        return f"{session.login} {session.role}"

    def why(self) -> SignInTrouble:
        with pytest.raises(SignInDenied) as denied:
            self.come()
        return denied.value.trouble


@pytest.fixture
def gate(database: Database, clock: FrozenClock) -> Gate:
    with database.begin() as connection:
        drafts = [
            PersonDraft(("Ключ",), {"login": login, "surname": "Ли", "given_name": "А", "cn": login, "upn": upn})
            for login, upn in (
                ("anna", "anna@corp.example"),
                ("boris", "twice@corp.example"),
                ("vera", "twice@corp.example"),
            )
        ]
        add_people(connection, drafts, clock.now())
    return Gate(database, clock)


def test_a_person_is_found_once_and_known_by_his_number_then(gate: Gate) -> None:
    assert gate.come() == "anna employee"
    gate.provider.claims = {"groups": ["helpers"]}
    assert gate.come() == "anna operator"
    gate.provider.claims = {"groups": []}
    assert gate.come() == "anna employee"
    with gate.database.read() as connection:
        assert len(connection.execute(select(Account.id)).all()) == 1
        assert len(connection.execute(select(SignInLink.account_id)).all()) == 1


@pytest.mark.parametrize("match", ["email", "upn"])
def test_an_address_is_compared_whatever_its_case(gate: Gate, match: str) -> None:
    with gate.database.begin() as connection:
        plain = connection.execute(select(Connector.plain)).scalar_one() | {"match": match, "claim": match}
        connection.execute(update(Connector).values(plain=plain, version=2))
        attributes = {"login": "zoya", "surname": "Ли", "given_name": "А", "cn": "zoya", match: "Зоя@Ёлки.Рф"}
        add_people(connection, [PersonDraft(("Ключ",), attributes)], gate.clock.now())
    gate.provider.claims = {match: "зоя@елки.рф", "email_verified": True}
    assert gate.why() is SignInTrouble.STRANGER, "another letter is another address"
    for nobody in (" ", ""):
        gate.provider.claims = {match: nobody, "email_verified": True}
        assert gate.why() is SignInTrouble.STRANGER, "many have none"
    gate.provider.claims = {match: "ЗОЯ@ёлки.рФ", "email_verified": True}
    assert gate.come() == "zoya employee"


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("column", [Person.email_key, Person.upn_key], ids=["email", "upn"])
def test_nobody_is_passed_through_to_find_somebody(gate: Gate, column: InstrumentedAttribute[str]) -> None:
    query = select(Person.id, Person.active).where(column == "anna@corp.example").limit(2)
    asked = str(query.compile(gate.database.engine, compile_kwargs={"literal_binds": True}))
    with gate.database.read() as connection:
        told = " ".join(str(row) for row in connection.execute(text(f"EXPLAIN QUERY PLAN {asked}")))
    assert f"USING INDEX ix_people_{column.key}" in told


def test_of_whom_nobody_can_be_sure_nothing_is_kept(gate: Gate) -> None:
    gate.provider.claims = {"upn": "twice@corp.example"}
    assert gate.why() is SignInTrouble.STRANGER
    gate.provider.claims = {}
    assert gate.why() is SignInTrouble.STRANGER
    with gate.database.read() as connection:
        assert connection.execute(select(Account.id)).all() == []


def test_another_number_by_the_same_name_is_somebody_else(gate: Gate) -> None:
    assert gate.come() == "anna employee"
    gate.provider.subject = "8"
    assert gate.why() is SignInTrouble.TAKEN
    with gate.database.read() as connection:
        assert connection.execute(select(Account.role)).scalar_one() == Role.EMPLOYEE


def test_a_provider_that_is_away_is_left_alone_for_a_while(gate: Gate) -> None:
    journey, there = gate.way.begin("corporate", BACK)
    assert there.endswith(journey.state)
    gate.provider.away = True
    assert gate.why() is SignInTrouble.AWAY
    with gate.database.read() as connection:
        assert connection.execute(select(Connector.failures)).scalar_one() == 1
    with pytest.raises(SignInDenied):
        gate.way.begin("corporate", BACK)
    assert gate.way.way_out("corporate", BACK) == ""
    gate.provider.away = False
    gate.clock.advance(minutes=1)
    assert gate.come() == "anna employee"
    assert gate.way.way_out("corporate", BACK) == f"https://id.example/out?to={BACK}&hint="


def test_the_provider_is_told_once_who_signs_out(gate: Gate) -> None:
    token = gate.token()
    (kept,) = gate.kept()
    assert kept is not None
    assert HINT.encode() not in kept, "sealed"
    ticket = gate.sessions.sign_out(token, leaving=True)
    assert gate.sessions.find(ticket) is None, "it opens nothing"
    assert gate.sessions.find(token) is None
    assert gate.way.way_out("another", BACK, ticket) == ""
    assert gate.way.way_out("corporate", BACK, ticket).endswith(f"&hint={HINT}")
    assert gate.way.way_out("corporate", BACK, ticket).endswith("&hint=")
    assert gate.kept() == [None]


def test_the_hint_is_gone_with_its_session(gate: Gate) -> None:
    leavings, tickets = SessionLeavings(gate.database, gate.clock), list[str]()
    for leaving in (False, True, True):
        tickets.append(gate.sessions.sign_out(gate.token(), leaving=leaving))
    assert (tickets[0], [one is None for one in gate.kept()]) == ("", [True, False, False])
    gate.clock.advance(minutes=9)
    assert leavings.take_hint(tickets[1], "corporate") is not None
    gate.clock.advance(minutes=2)
    assert leavings.take_hint(tickets[2], "corporate") is None, "too late"
    token = gate.token()
    leavings.forget()
    assert [one is None for one in gate.kept()] == [True, True, True, False]
    number = gate.sessions.find(token)
    assert number is not None
    with gate.database.begin() as connection:
        gate.sessions.revoke_all(connection, number.account, gate.clock.now())
    assert gate.kept() == [None] * 4


def test_what_another_key_has_sealed_is_not_told(gate: Gate) -> None:
    ticket = gate.sessions.sign_out(gate.token(), leaving=True)
    with gate.database.begin() as connection:
        connection.execute(update(AccountSession).values(hint=b"sealed by nobody"))
    assert gate.way.way_out("corporate", BACK, ticket).endswith("&hint=")


def test_nobody_comes_by_a_way_that_is_none(gate: Gate) -> None:
    with pytest.raises(SignInDenied) as denied:
        gate.way.begin("elsewhere", BACK)
    assert denied.value.trouble is SignInTrouble.LOST
