"""Who leaves a directory in more than one step, or with an entry that cannot be kept, leaves here all the same."""

import pytest
from sqlalchemy import func, select

from portal.db.models import AuditEntry, Device
from portal.domain.audit import AuditTag
from portal.domain.device import DeviceState
from portal.domain.directory_sync import SyncEvent, SyncFault, SyncState
from portal.domain.ids import DeviceId
from portal.services import directory_leaving
from portal.services.policies import assign
from tests.services.directory_sync.seen import a_device, device, person
from tests.support.clock import NOON
from tests.support.directories import Follower, entry
from tests.support.office import Office


def told(here: Follower, tag: AuditTag) -> int:
    query = select(func.count()).select_from(AuditEntry).where(AuditEntry.tag == tag)
    with here.database.read() as connection:
        return int(connection.execute(query).scalar_one())


@pytest.mark.parametrize("whole", [False, True], ids=["by what changed", "everybody"])
def test_whoever_is_deleted_after_he_was_disabled_is_gone_too(here: Follower, *, whole: bool) -> None:
    here.sync()
    a_device(here.database, "anna", "S1")
    here.become("anna", active=False)
    here.sync()
    assert device(here.database, "S1")[0] is DeviceState.DISABLED
    del here.source.people["key-anna"]
    seen = here.sync(whole=whole)
    assert (seen.counts[SyncEvent.GONE], seen.revoked) == (1, 1)
    assert device(here.database, "S1")[0] is DeviceState.REVOKED
    assert told(here, AuditTag.PERSON_DEACTIVATED) == 1, "she was switched off once"
    assert not any(here.sync(whole=True).counts.values()), "nobody is gone twice"


def test_somebody_disabled_before_the_first_reading_that_knew_him_is_not_gone(here: Follower) -> None:
    here.source.put(entry("zoya", active=False))
    here.sync()
    del here.source.people["key-zoya"]
    assert not any(here.sync(whole=True).counts.values())


def test_many_who_were_disabled_are_not_gone_without_a_word(here: Follower) -> None:
    here.source.put(*(entry(f"p{number}") for number in range(8)))
    here.sync()
    a_device(here.database, "p1", "S1")
    for number in range(4):
        here.become(f"p{number}", active=False)
    here.sync(anyway=True)
    for number in range(4):
        del here.source.people[f"key-p{number}"]
    seen = here.sync(whole=True)
    assert (seen.state, seen.fault, seen.detail) == (SyncState.STOPPED, SyncFault.TOO_MANY, "4 / 12")
    assert device(here.database, "S1")[0] is DeviceState.DISABLED
    here.syncs.confirm(seen.id, "уволены", actor="admin")
    here.work.carry(seen.id + 1)
    assert device(here.database, "S1")[0] is DeviceState.REVOKED


def test_being_gone_makes_no_less_of_what_is_owed(here: Follower) -> None:
    here.retell(when_disabled="revoke", when_gone="suspend")
    here.sync()
    a_device(here.database, "anna", "S1")
    here.become("anna", active=False)
    here.sync()
    del here.source.people["key-anna"]
    assert here.sync().counts[SyncEvent.GONE] == 1
    assert device(here.database, "S1")[0] is DeviceState.REVOKED


def test_who_waits_for_an_update_keeps_nobody_else_waiting(
    here: Follower, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory_leaving, "_AT_ONCE", 1)
    here.retell(when_gone="suspend")
    here.sync()
    for login in ("anna", "boris"):
        a_device(here.database, login, login)
    with here.database.begin() as connection:
        number = connection.execute(select(Device.id).where(Device.serial == "anna")).scalar_one()
        assign(connection, office.policy.id, container=("Ключ",), priority=1, now=NOON)
    office.order(DeviceId(number))
    for login in ("anna", "boris"):
        del here.source.people[f"key-{login}"]
    here.sync(anyway=True)
    for _turn in range(100):
        here.leavers.settle()
    assert [device(here.database, login)[0] for login in ("anna", "boris")] == [
        DeviceState.ISSUED,
        DeviceState.DISABLED,
    ]


def test_an_entry_that_cannot_be_kept_is_disabled_all_the_same(here: Follower) -> None:
    here.sync()
    a_device(here.database, "anna", "S1")
    here.become("anna", active=False, attributes={"login": "anna", "surname": "", "given_name": ""})
    seen = here.sync()
    assert (seen.counts[SyncEvent.REFUSED], seen.counts[SyncEvent.DISABLED]) == (1, 1)
    assert (person(here.database, "anna")[1], device(here.database, "S1")[0]) == (False, DeviceState.DISABLED)
