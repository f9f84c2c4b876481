"""One device in place of another, for good and for a while."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from portal.db.models import Device
from portal.db.queries.device_operations import story_of
from portal.domain.device import DeviceState
from portal.domain.errors import Conflict, InvalidInput, NotFound, PolicyForbids
from portal.domain.ids import DeviceId
from portal.domain.policy import DeviceRules
from portal.services.device_holding import DeviceHolding
from portal.services.device_replacing import DeviceReplacing, ReplacementWish
from tests.support.life import Life
from tests.support.office import SERIAL, Office

NEW = "00ffee"


@pytest.fixture
def life(office: Office) -> Life:
    made = Life(office)
    made.issue()
    return made


def replacing(life: Life) -> DeviceReplacing:
    return DeviceReplacing(life.office.database, life.office.clock, life.life)


def wish(life: Life, serial: str = NEW, days: int = 0) -> ReplacementWish:
    until = life.office.now + timedelta(days=days) if days else None
    return ReplacementWish(life.device, serial, "operator", until)


def free(life: Life) -> DeviceId:
    return life.office.add_device(NEW, state=DeviceState.CLEAN, holder=None)


def state(life: Life, device: DeviceId) -> DeviceState:
    found: DeviceState = life.office.device_row(device).state
    return found


def test_for_good_the_old_one_is_revoked_once_the_new_one_is_issued(life: Life) -> None:
    new = free(life)
    assert replacing(life).replace(wish(life)) == new
    assert (state(life, life.device), state(life, new)) == (DeviceState.ISSUED, DeviceState.ASSIGNED)
    assert life.office.device_row(new).holder_id == life.office.device_row().holder_id
    assert replacing(life).settle() == 0, "the new one is not issued yet"
    _issued(life, new)
    assert replacing(life).settle() == 1
    assert state(life, life.device) is DeviceState.REVOKED
    assert replacing(life).settle() == 0


def test_for_a_while_the_old_one_is_disabled_and_comes_back(life: Life) -> None:
    new = free(life)
    replacing(life).replace(wish(life, days=7))
    assert state(life, life.device) is DeviceState.DISABLED
    _issued(life, new)
    assert replacing(life).settle() == 0
    with life.office.database.read() as connection:
        (mine,) = story_of(connection, life.device).replacements
        (theirs,) = story_of(connection, new).replacements
    assert (mine.serial, mine.takes_place, theirs.serial, theirs.takes_place) == (NEW, False, SERIAL, True)
    with pytest.raises(NotFound):
        replacing(life).give_back(mine.id, device=DeviceId(999), actor="operator")
    assert replacing(life).give_back(mine.id, device=life.device, actor="operator") == life.device
    assert (state(life, life.device), state(life, new)) == (DeviceState.ISSUED, DeviceState.REVOKED)


@pytest.mark.parametrize(("serial", "code"), [("nothing", "device_unknown"), (SERIAL, "device_not_free")])
def test_only_a_free_device_takes_its_place(life: Life, serial: str, code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        replacing(life).replace(wish(life, serial))
    assert caught.value.fields == {"serial": code}


def test_somebody_else_s_device_does_not(life: Life) -> None:
    life.office.add_device(NEW)
    with pytest.raises(InvalidInput) as caught:
        replacing(life).replace(wish(life))
    assert caught.value.fields == {"serial": "device_not_free"}


def test_a_second_replacement_learns_of_the_first(life: Life) -> None:
    free(life)
    replacing(life).replace(wish(life))
    with pytest.raises(Conflict) as caught:
        replacing(life).replace(wish(life))
    assert (caught.value.code, caught.value.data["by"]) == ("replaced_already", "operator")


def test_a_new_device_that_is_taken_back_takes_nobodys_place(life: Life) -> None:
    """Else the first holder's device would be revoked when the other is issued to somebody else."""
    new = free(life)
    replacing(life).replace(wish(life))
    DeviceHolding(life.office.database, life.office.clock, life.office.so_pins).unassign(new, actor="operator")
    _issued(life, new)
    assert replacing(life).settle() == 0
    assert state(life, life.device) is DeviceState.ISSUED
    spare = life.office.add_device("00beef", state=DeviceState.CLEAN, holder=None)
    assert replacing(life).replace(wish(life, "00beef")) == spare, "another one may be named"


def test_a_stand_in_that_is_somebody_elses_by_now_is_not_revoked(life: Life) -> None:
    new = free(life)
    replacing(life).replace(wish(life, days=7))
    with life.office.database.read() as connection:
        (mine,) = story_of(connection, life.device).replacements
    life.life.withdraw(new, actor="operator")
    with pytest.raises(NotFound):
        replacing(life).give_back(mine.id, device=life.device, actor="operator")
    life.life.enable(life.device, actor="operator")
    assert state(life, new) is DeviceState.CLEAN


def test_the_policy_accepts_the_new_device_or_not(life: Life) -> None:
    free(life)
    rules = DeviceRules(types=("Рутокен",))
    life.office.publish(*life.office.policy.templates, devices=rules)
    with pytest.raises(PolicyForbids) as caught:
        replacing(life).replace(wish(life))
    assert caught.value.code == "device_type"


def test_a_day_that_is_over_is_no_date(life: Life) -> None:
    free(life)
    with pytest.raises(InvalidInput):
        replacing(life).replace(wish(life, days=-1))


def _issued(life: Life, device: DeviceId) -> None:

    with life.office.database.begin() as connection:
        connection.execute(update(Device).where(Device.id == device).values(state=DeviceState.ISSUED))
