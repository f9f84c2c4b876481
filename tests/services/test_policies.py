"""Policies are published as versions that never change, given to units, and act for people because of a reason."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from portal.db import snapshots
from portal.db.models import Device
from portal.db.queries.person_card import person_card
from portal.db.transaction import Database
from portal.domain.device import DeviceState
from portal.domain.effective_policy import NoPolicy
from portal.domain.errors import InvalidInput, NotFound
from portal.domain.ids import PersonId, PolicyId
from portal.domain.policy import DeviceUsagePolicy
from portal.seed import organization
from portal.seed.policies import HEAD, LOGON, MAIL_SIGNATURE, no_commons, publish_all
from portal.services.devices import DeviceDraft, add_devices
from portal.services.monitor import Monitor
from portal.services.people import People, PersonDraft, add_people
from portal.services.policies import assign, publish
from tests.support.clock import NOON, FrozenClock

DRAFT = DeviceUsagePolicy(PolicyId(0), 0, "Все", (LOGON,))


def published(database: Database, draft: DeviceUsagePolicy) -> DeviceUsagePolicy:
    with database.begin() as connection:
        return publish(connection, draft, actor="admin", now=NOON)


def a_person(database: Database, login: str, unit: tuple[str, ...], *groups: str) -> PersonId:
    attributes = {"surname": login, "given_name": "Анна", "login": login}
    with database.begin() as connection:
        return add_people(connection, [PersonDraft(unit, attributes, groups)], NOON)[0]


def test_a_change_makes_the_next_version_and_keeps_the_old(database: Database) -> None:
    first = published(database, DRAFT)
    second = published(database, replace(DRAFT, templates=(LOGON, MAIL_SIGNATURE)))
    assert (first.version, second.version, first.id) == (1, 2, second.id)
    with database.read() as connection:
        assert snapshots.policy_version(connection, first.id, 1) == first
        assert snapshots.policy_version(connection, first.id, 2) == second


def test_the_same_draft_makes_no_version(database: Database) -> None:
    first = published(database, DRAFT)
    assert published(database, replace(DRAFT, id=PolicyId(99), version=7)) == first


def test_a_version_nobody_published_is_not_found(database: Database) -> None:
    with database.read() as connection, pytest.raises(NotFound):
        snapshots.policy_version(connection, 1, 1)


@pytest.mark.parametrize("draft", [replace(DRAFT, name=" "), replace(DRAFT, templates=(LOGON, LOGON))])
def test_drafts_are_checked(database: Database, draft: DeviceUsagePolicy) -> None:
    with pytest.raises(InvalidInput):
        published(database, draft)


def test_devices_under_a_changed_policy_are_looked_at_again(database: Database) -> None:
    policy = published(database, DRAFT)
    person = a_person(database, "anna", ("Ключ",))
    with database.begin() as connection:
        (number,) = add_devices(connection, [DeviceDraft("1", holder=person, state=DeviceState.ISSUED)], NOON)
        assign(connection, policy.id, container=(), priority=1, now=NOON)
    Monitor(database, FrozenClock(NOON)).review_marked()
    Monitor(database, FrozenClock(NOON)).review_due()
    with database.read() as connection:
        assert (
            connection.execute(select(Device.effective_policy_id).where(Device.id == number)).scalar_one() == policy.id
        )


def test_the_strongest_assignment_acts_and_the_others_are_told(database: Database) -> None:
    with database.begin() as connection:
        publish_all(connection, no_commons(), NOON)
    director = a_person(database, "director", organization.HEAD, organization.VPN)
    found = People(database).policy_for(director)
    assert found.policy.name == HEAD
    assert [one.priority for one in (found.because, *found.passed_over)] == [10, 60, 100]
    with database.read() as connection:
        card = person_card(connection, director)
    assert card.acting is not None
    assert card.acting.because.container == organization.HEAD
    assert [row.groups for row in card.acting.passed_over] == [(organization.VPN,), ()]


def test_nobody_outside_has_a_policy(database: Database) -> None:
    with database.begin() as connection:
        publish_all(connection, no_commons(), NOON)
    stranger = a_person(database, "stranger", organization.CONTRACTORS)
    with pytest.raises(NoPolicy):
        People(database).policy_for(stranger)
    with database.read() as connection:
        assert person_card(connection, stranger).acting is None


def test_an_unknown_person_is_not_found(database: Database) -> None:
    with pytest.raises(NotFound):
        People(database).policy_for(PersonId(404))
