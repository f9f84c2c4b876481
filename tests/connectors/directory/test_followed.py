"""A directory of other makers followed by the real services: what changes there changes policies and devices here."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from sqlalchemy import func, select, update

from portal.connectors.directory.ldap import opened, wire
from portal.connectors.directory.ldap.opening import LdapDirectory
from portal.db.models import Device, Person
from portal.db.transaction import Database
from portal.domain.device import AppliedPolicy, DeviceState
from portal.domain.directory_sync import SyncEvent, SyncFault, SyncState
from portal.domain.ids import PersonId, PolicyId
from portal.domain.policy import DeviceUsagePolicy
from portal.ports.connectors import ConnectorValues
from portal.ports.directory import DirectoryTrouble, Page, Reading
from portal.services.device_life import DeviceLife
from portal.services.devices import DeviceDraft, add_devices
from portal.services.policies import assign, publish
from tests.support.directories import TYPED, Follower
from tests.support.directory_servers import BASE, DirectoryServer, certificate, slapd
from tests.support.life import Calls
from tests.support.office import Office, template

SALES, STORE = f"ou=Продажи,{BASE}", f"ou=Склад,{BASE}"
LOGINS = ("anna", "boris", "vera", "gleb", "darya", "egor")
STAFF = 1100  # three pages
HUGE = 10_000_000


@dataclass
class Company:
    """The services that follow a real server, and the policies of its people."""

    office: Office
    here: Follower

    @classmethod
    def of(cls, database: Database, server: DirectoryServer, **typed: str) -> "Company":
        office = Office(database)
        life = DeviceLife(database, office.clock, office.bell, Calls())
        values = server.values(most_leaving="50", **typed)
        here = Follower(database, office.clock, life, typed={**TYPED, **values.all})
        here.work = replace(here.work, opens=opened)
        return cls(office, here)

    def policy(
        self, name: str, *templates: str, unit: tuple[str, ...] = ("Ключ",), group: str = "", at: int
    ) -> AppliedPolicy:
        """People of this unit, or of this group in it, have this policy from now on."""
        own = tuple(template(one, one) for one in templates)
        now, groups = self.office.clock.now(), frozenset({group} - {""})
        with self.office.database.begin() as connection:
            kept = publish(connection, DeviceUsagePolicy(PolicyId(0), 0, name, own), actor="admin", now=now)
            assign(connection, kept.id, container=unit, groups=groups, priority=at, now=now)
        return AppliedPolicy(kept.id, kept.version)

    def hands_out(self, applied: AppliedPolicy) -> None:
        """Everybody holds a device that is in order by this policy."""
        with self.office.database.begin() as connection:
            people = connection.execute(select(Person.id, Person.login).where(Person.login.in_(LOGINS))).all()
            drafts = [DeviceDraft(row.login, holder=PersonId(row.id), state=DeviceState.ISSUED) for row in people]
            given = add_devices(connection, drafts, self.office.clock.now())
            one = update(Device).where(Device.id.in_(given))
            by = {"applied_policy_id": applied.id, "applied_policy_version": applied.version}
            connection.execute(one.values(**by, next_check_at=self.office.clock.now()))

    def stands(self) -> dict[str, tuple[DeviceState, bool]]:
        """Each device after the monitor went by: its state, and whether it is due."""
        while self.office.monitor.review_due():
            pass
        query = select(Device.serial, Device.state, Device.need).where(Device.serial.in_(LOGINS))
        with self.office.database.read() as connection:
            return {row.serial: (row.state, bool(row.need)) for row in connection.execute(query)}

    def active(self) -> int:
        """How many people are at work here who came from there."""
        query = select(func.count()).select_from(Person).where(Person.active, ~Person.login.startswith("u"))
        with self.office.database.read() as connection:
            return int(connection.execute(query).scalar_one())


ONE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@ONE
def test_what_changes_there_makes_devices_due_here(database: Database, active_directory: DirectoryServer) -> None:
    company = Company.of(database, active_directory, when_disabled="suspend", when_gone="revoke")
    active_directory.add([(STORE, {"objectClass": ["organizationalUnit"]})])
    company.here.sync()
    everybody = company.policy("Все", at=50)
    company.policy("Удалённый доступ", "vpn", group="VPN", at=1)
    company.policy("Склад", "store", unit=("Ключ", "Склад"), at=10)
    company.hands_out(everybody)
    calm, due = (DeviceState.ISSUED, False), (DeviceState.ISSUED, True)
    assert company.stands() == {**dict.fromkeys(LOGINS, calm), "anna": due, "boris": due}  # in VPN already

    active_directory.members(f"cn=VPN,{SALES}", f"cn=darya,{SALES}")
    active_directory.members(f"cn=VPN,{SALES}", f"cn=boris,{SALES}", add=False)
    moved = active_directory.move(f"cn=gleb,{SALES}", "cn=gleb", STORE)
    active_directory.replace(f"cn=vera,{SALES}", sAMAccountName="vera.k", sn="Ким")
    renamed = active_directory.move(f"cn=vera,{SALES}", "cn=vera.k", SALES)
    active_directory.replace(f"cn=anna,{SALES}", userAccountControl="514")
    active_directory.delete(f"cn=egor,{SALES}")
    seen = company.here.sync()
    assert (seen.state, seen.whole, seen.suspended, seen.revoked) == (SyncState.DONE, False, 1, 1)
    told = {event: [line.login for line in company.here.lines(seen.id, event)] for event in SyncEvent}
    assert (told[SyncEvent.MOVED], told[SyncEvent.CHANGED]) == (["gleb"], ["vera.k"])
    assert (told[SyncEvent.DISABLED], told[SyncEvent.GONE]) == (["anna"], ["egor"])
    assert sorted(told[SyncEvent.GROUPS]) == ["boris", "darya"]
    stands = company.stands()
    assert {serial: stands[serial] for serial in ("boris", "vera", "gleb", "darya")} == {
        "boris": calm,  # left VPN, where something was missing
        "vera": calm,  # renamed: the same person with the same device
        "gleb": due,  # moved under the policy of the store
        "darya": due,  # came into VPN
    }
    assert (stands["anna"][0], stands["egor"][0]) == (DeviceState.DISABLED, DeviceState.REVOKED)
    _as_before(active_directory, moved, renamed)


def _as_before(server: DirectoryServer, moved: str, renamed: str) -> None:
    server.move(moved, "cn=gleb", SALES)
    server.replace(renamed, sAMAccountName="vera", sn="Ли")
    server.move(renamed, "cn=vera", SALES)
    server.replace(f"cn=anna,{SALES}", userAccountControl="544")
    server.members(f"cn=VPN,{SALES}", f"cn=darya,{SALES}", add=False)
    server.members(f"cn=VPN,{SALES}", f"cn=boris,{SALES}")
    told = {"objectClass": ["user"], "sAMAccountName": ["egor"], "sn": ["Ли"], "givenName": ["egor"]}
    server.add([(f"cn=egor,{SALES}", told | {"userAccountControl": ["544"]})])
    server.delete(STORE)


@pytest.fixture(scope="module")
def large() -> Iterator[DirectoryServer]:
    """Three pages of people, one of whom is ten megabytes, and a unit that refers to itself."""
    people = "".join(
        f"dn: uid=p{number},ou=people,{BASE}\nobjectClass: inetOrgPerson\nuid: p{number}\ncn: p{number}\n"
        f"sn: Ли\ngivenName: Ян\n{'title: ' + 'x' * HUGE if number == STAFF else 'title: Инженер'}\n\n"
        for number in range(STAFF + 1)
    )
    loop = f"ou=loop,ou=people,{BASE}"
    told = {"objectClass": ["referral", "extensibleObject"], "ou": ["loop"]}
    with slapd(people) as server:
        server.add([(loop, told | {"ref": [f"{server.plain['address']}/{loop}"]})])
        yield server


class Dying(LdapDirectory):
    """A directory whose server dies once a page of people has come."""

    def __init__(self, values: ConnectorValues, server: DirectoryServer) -> None:
        super().__init__(opened(values).settings)
        self._server = server

    def read(self, cursor: str = "") -> Reading:
        reading = super().read(cursor)
        return replace(reading, pages=self._cut(reading.pages))

    def _cut(self, pages: Iterator[Page]) -> Iterator[Page]:
        yield next(pages)
        self._server.fall()
        yield from pages


@ONE
def test_a_server_that_dies_in_the_middle_is_gone_on_with(database: Database, large: DirectoryServer) -> None:
    company = Company.of(database, large)
    work = company.here.work
    company.here.work = replace(work, opens=lambda values: Dying(values, large))
    broken = company.here.sync()
    assert (broken.state, broken.fault) == (SyncState.FAILED, DirectoryTrouble.AWAY)
    assert broken.counts[SyncEvent.ADDED] == company.active() == wire.PAGE
    large.rise()
    company.here.work = work
    again = company.here.sync()
    assert (again.state, again.counts[SyncEvent.ADDED]) == (SyncState.DONE, STAFF - wire.PAGE)
    (refused,) = company.here.lines(again.id, SyncEvent.REFUSED)
    assert (refused.login[:2], refused.detail) == ("p1", "entry_too_large")
    _mistakes_lose_nobody(company, large)


def _mistakes_lose_nobody(company: Company, large: DirectoryServer) -> None:
    """Whatever is mistaken is told apart, and everybody stays."""
    here, other = company.here, certificate(large.folder / "data")
    mistakes = {
        SyncFault.EMPTY.value: {"people_filter": "(uid=nobody)"},
        DirectoryTrouble.UNTRUSTED.value: {"trusted": other},
        DirectoryTrouble.REFERRAL.value: {"base_dn": f"ou=x,ou=loop,ou=people,{BASE}"},
    }
    right = {**here.typed, "people_filter": ""}
    for fault, typed in mistakes.items():
        here.retell(**{**right, **typed})
        seen = here.sync(whole=True)
        assert (seen.fault, seen.state.over, company.active()) == (fault, True, STAFF)
    here.retell(**right)
    assert here.sync(whole=True).state is SyncState.DONE


def test_an_answer_without_an_end_is_given_up(large: DirectoryServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "MOST_OCTETS", 20_000)
    directory = opened(large.values())
    with pytest.raises(Exception, match=DirectoryTrouble.RUBBISH.value):
        list(directory.read().pages)
    directory.close()
