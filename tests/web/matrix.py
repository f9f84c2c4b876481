"""The world of the matrix: every kind of visitor, one thing of each kind of his own and one of somebody else."""

import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, insert, select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from portal.bootstrap import Portal
from portal.db import snapshots
from portal.db.findings import store_review
from portal.db.models import CommonCertificateVersion, LetterRow, PolicyDraft, PolicyVersion, SignInLink, Unit, Update
from portal.db.queries.commons import key_of
from portal.db.snapshots import policy_version
from portal.domain.accounts import AccountDraft, Grantor, RoleDraft, Scope
from portal.domain.device import DeviceState
from portal.domain.ids import AccountId
from portal.domain.letters import Audience, LetterKind, LetterStatus
from portal.domain.permissions import ROLE_PERMISSIONS, Permission, Role
from portal.domain.policy import CommonCertificate
from portal.domain.policy_sections import PolicySection
from portal.domain.reach import EVERYTHING
from portal.services.devices import DeviceDraft, add_devices
from portal.services.people import add_people
from portal.services.policies import publish
from portal.services.reviews import review_of
from portal.services.sessions import Visitor
from portal.web.access import demand_of
from tests.web.agents import an_agent
from tests.web.checks import a_check
from tests.web.directories import Followed
from tests.web.drifts import a_drift
from tests.web.runs import Runner
from tests.web.visits import HTMX, TOKEN
from tests.web.world import PASSWORD, SALES, World, person

#: Who sees a part sees these as his own or not at all; of everything else there is one for all.
OWNED: Final = frozenset({"device_id", "person_id", "update_id", "unit_id", "policy_id", "draft_id", "check_id"})
MISSING: Final = 999_999
OWN_ROLE: Final = RoleDraft("Своя", "", frozenset({Permission.DASHBOARD_READ}))
COMMON: Final = CommonCertificate("Wi-Fi", 1, "c0" * 32)
NO_RIGHTS: Final = RoleDraft("Ничего", "", frozenset())


@dataclass(frozen=True, slots=True)
class Guest:
    """A kind of visitor; ``part``: he sees only what is his own; ``without``: of these he has none at all."""

    name: str
    token: str
    permissions: frozenset[Permission]
    part: bool = False
    without: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Way:
    """One way in: a route with one of its methods."""

    rule: Rule
    method: str
    demand: object

    @property
    def owned(self) -> frozenset[str]:
        """Which of its arguments are somebody's."""
        return frozenset(self.rule.arguments) & OWNED

    def address(self, values: Mapping[str, Any]) -> str:
        """Its address with these arguments."""
        built = self.rule.build({name: values[name] for name in self.rule.arguments}, append_unknown=False)
        assert built
        return str(built[1])

    def __str__(self) -> str:
        return f"{self.method} {self.rule.rule}"


def ways(app: Flask) -> list[Way]:
    """Every way into the application, taken from its map of addresses."""
    rules = sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule)
    return [
        Way(rule, method, demand_of(app.view_functions[rule.endpoint]))
        for rule in rules
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


class Matrix:
    """One application on one database, put back as it was after every request that may have changed it."""

    def __init__(self, app: Flask, portal: Portal, world: World, accounts: Mapping[str, AccountId]) -> None:
        self.app, self.portal, self.world = app, portal, world
        self._by = Grantor(accounts["administrator"], "administrator", ROLE_PERMISSIONS[Role.ADMINISTRATOR], EVERYTHING)
        self._carried()
        self._neighbour()
        self.own = {**self._common(), **self._things(foreign=False)}
        self.foreign = {**self.own, **self._things(foreign=True)}
        self.guests = tuple(self._guests(accounts))
        self._pristine = Path(portal.settings.data_dir) / "pristine.db"
        with portal.database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copy(self._file, self._pristine)
        self._clients: dict[str, tuple[FlaskClient, str]] = {}

    @property
    def _file(self) -> Path:
        return Path(self.portal.settings.data_dir) / "klyuchnik.db"

    def ask(
        self,
        guest: Guest | None,
        way: Way,
        values: Mapping[str, Any],
        *,
        htmx: bool = False,
        follow: bool = False,
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> TestResponse:
        """Go this way as this guest; a stream is opened and closed unread."""
        client, token = self._client(guest)
        sent = {"X-CSRFToken": token, **(HTMX if htmx else {}), **headers}
        return client.open(way.address(values), method=way.method, headers=sent, follow_redirects=follow)

    def put_back(self) -> None:
        """Undo whatever a request did."""
        with sqlite3.connect(self._pristine) as kept, sqlite3.connect(self._file) as used:
            kept.backup(used)
        kept.close()
        used.close()

    def _client(self, guest: Guest | None) -> tuple[FlaskClient, str]:
        name = guest.name if guest else ""
        if name not in self._clients:
            client = self.app.test_client()
            if guest:
                client.set_cookie(self.portal.settings.session_cookie, guest.token)
            found = TOKEN.search(client.get("/sign-in").text)
            assert found
            self._clients[name] = client, found.group(1)
        return self._clients[name]

    def _guests(self, accounts: Mapping[str, AccountId]) -> Iterator[Guest]:
        for login in ("administrator", "operator", "auditor"):
            yield self._guest(login, accounts[login])
        yield replace(self._guest("belyaeva", accounts["belyaeva"]), part=True)
        unit = Scope(limited=True, units=frozenset({self.own["unit_id"]}))
        local = self._guest("administrator of a unit", self._made("unit", Role.ADMINISTRATOR, unit))
        yield replace(local, part=True, without=frozenset({"policy_id", "draft_id"}))
        policy = Scope(limited=True, policies=frozenset({self.own["policy_id"]}))
        local = self._guest("administrator of a policy", self._made("policy", Role.ADMINISTRATOR, policy))
        yield replace(local, part=True, without=frozenset({"unit_id"}))
        yield self._guest("nobody", self._made("nobody", self.portal.roles.create(NO_RIGHTS, by=self._by)))

    def _guest(self, name: str, account: AccountId) -> Guest:
        with self.portal.database.begin() as connection:
            token = self.portal.sessions.open(connection, account, Visitor(), self.portal.clock.now())
        session = self.portal.sessions.find(token)
        assert session
        return Guest(name, token, session.permissions)

    def _made(self, login: str, role: str, scope: Scope = Scope()) -> AccountId:  # noqa: B008  it is frozen
        number = self.portal.accounts.create(login=login, name=login, role=Role.EMPLOYEE, password=PASSWORD)
        self.portal.account_care.change(number, AccountDraft(login, role, scope), version=1, by=self._by)
        return number

    def _common(self) -> dict[str, Any]:
        """What is nobody's own: one of each."""
        role = self.portal.roles.create(OWN_ROLE, by=self._by)
        with self.portal.database.begin() as connection:
            letter = _letter(connection, self.portal)
        account = self._made("somebody", Role.AUDITOR)
        session = self._guest("", account)
        found = self.portal.sessions.find(session.token)
        assert found
        numbers = {"version": 1, "index": 0, "group_id": 1, "letter_id": letter, "assignment_id": 1, "number": MISSING}
        numbers |= {"agent_id": an_agent(self.portal), "code_id": self.portal.agent_codes.make(by="administrator").id}
        directory = Followed(self.portal, "matrix", address="ldaps://127.0.0.1:9")  # nobody listens there
        numbers |= {"connector_id": directory.connector, "sync_id": directory.sync()}
        with self.portal.database.begin() as connection:
            tied = {"connector_id": directory.connector, "subject_hash": "", "account_id": account}
            connection.execute(insert(SignInLink).values(**tied, linked_at=self.portal.clock.now()))
        words = {"key": role, "section": next(iter(PolicySection)).value, "token": "a guess"}
        words["common_id"] = key_of(COMMON.name)
        words |= {"order_id": "no-order", "name": "vpn", "part": "answer", "kind": "contract"}
        numbers["drift_id"] = a_drift(self.portal)
        return {**numbers, **words, "account_id": account, "session_id": found.id}

    def _carried(self) -> None:
        """A common certificate the policy carries and no device has."""
        now = self.portal.clock.now()
        row = {"name": COMMON.name, "version": COMMON.version, "fingerprint": COMMON.fingerprint, "subject": "CN=W"}
        with self.portal.database.begin() as connection:
            connection.execute(
                insert(CommonCertificateVersion).values(**row, not_after=now, sealed=b"", created_at=now)
            )
            policy = replace(policy_version(connection, 1, 1), commons=(COMMON,))
            publish(connection, policy, actor="administrator", now=now)

    def _neighbour(self) -> None:
        """Somebody under the same policy, in another unit: pages about policies must not tell of him either."""
        now, hidden = self.portal.clock.now(), person("Тайный", "Тит", "Титович", "t.tayny", ("Ключ", "Бухгалтерия"))
        with self.portal.database.begin() as connection:
            (holder,) = add_people(connection, [hidden], now)
            draft = DeviceDraft("5EC0DE7777", "Рутокен", "ЭЦП", holder=holder, state=DeviceState.ISSUED)
            (device,) = add_devices(connection, [draft], now)
            seen = snapshots.device(connection, device)
            store_review(connection, review_of(seen, snapshots.assignments(connection), now))

    def _things(self, *, foreign: bool) -> dict[str, Any]:
        world = self.world
        with self.portal.database.read() as connection:
            units = {tuple(row.path): row.id for row in connection.execute(select(Unit.id, Unit.path))}
        with self.portal.database.begin() as connection:
            policy, draft = _policy(connection, self.portal, foreign=foreign)
        asked_about = world.stranger if foreign else world.belyaeva
        both = {"policy_id": policy, "draft_id": draft, "check_id": a_check(self.portal, asked_about)}
        if foreign:
            both |= {"update_id": self._copied_run(world.no_policy), "unit_id": units["Подрядчики",]}
            return {**both, "device_id": world.no_policy, "person_id": world.stranger}
        both |= {"update_id": Runner(self.portal, world).gets_stuck().update, "unit_id": units[SALES]}
        return {**both, "device_id": world.due, "person_id": world.belyaeva}

    def _copied_run(self, device: int) -> int:
        """A run of a device that could order none itself."""
        with self.portal.database.begin() as connection:
            row = connection.execute(select(Update.__table__)).mappings().one()
            values = {**row, "device_id": device, "uuid": "0" * 36}
            del values["id"]
            return connection.execute(insert(Update).values(values).returning(Update.id)).scalar_one()


def _policy(connection: Connection, portal: Portal, *, foreign: bool) -> tuple[int, int]:
    """The policy everybody has, or one nobody is given, each with an open draft."""
    policy, now = 1, portal.clock.now()
    if foreign:
        policy = publish(connection, replace(policy_version(connection, 1, 1), name="Чужая"), actor="admin", now=now).id
    body = connection.execute(select(PolicyVersion.body).where(PolicyVersion.policy_id == policy)).scalars().all()[-1]
    values = {
        "policy_id": policy,
        "body": body,
        "based_on": 1 if foreign else 2,
        "revision": 1,
        "edited_by": "administrator",
    }
    made = insert(PolicyDraft).values(**values, edited_at=now, closed_as="")
    return policy, connection.execute(made.returning(PolicyDraft.id)).scalar_one()


def _letter(connection: Connection, portal: Portal) -> int:
    kinds = {"kind": next(iter(LetterKind)), "audience": next(iter(Audience)), "status": next(iter(LetterStatus))}
    words = dict.fromkeys(("about", "once", "address", "subject", "body", "trouble"), "x")
    times = {"created_at": portal.clock.now(), "due_at": portal.clock.now(), "attempts": 0}
    return connection.execute(
        insert(LetterRow).values({**kinds, **words, **times}).returning(LetterRow.id)
    ).scalar_one()
