"""Cleaning carried through the engine on a token with something foreign on it."""

import pytest

from portal.domain.certificate import Revocation
from portal.domain.device import DeviceState
from portal.domain.errors import Conflict, PolicyForbids
from portal.domain.plan_clean import CleaningChoices
from portal.domain.update_state import UpdateStatus
from portal.services.device_cleaning import DeviceCleaning, Shown
from tests.fakes.sim_token import READER
from tests.support.life import Life
from tests.support.office import Office, foreign


@pytest.fixture
def life(office: Office) -> Life:
    made = Life(office)
    made.issue()
    der = foreign(office)
    office.token.certificates["fe", READER.certificate(der).fingerprint] = der
    return made


def cleaning(life: Life) -> DeviceCleaning:
    return DeviceCleaning(life.office.database, life.office.clock, life.office.watch)


def shown(life: Life, **chosen: bool) -> Shown:
    choices = CleaningChoices(**chosen)
    return Shown(choices, cleaning(life).plan(life.device, choices).plan.content_hash)


@pytest.mark.parametrize(("revoke_all", "at_the_ca"), [(False, Revocation.GOOD), (True, Revocation.REVOKED)])
def test_everything_of_ours_goes_and_the_foreign_stays(life: Life, revoke_all: bool, at_the_ca: Revocation) -> None:
    update = cleaning(life).order(life.device, shown(life, revoke_all=revoke_all), actor="operator")
    life.office.enter_pin(update)
    assert life.office.advance(update) is UpdateStatus.COMPLETED
    assert [key_id for key_id, _ in life.office.token.certificates] == ["fe"]
    assert not life.office.token.keys
    row = life.office.device_row()
    assert (row.state, row.applied_policy_id) == (DeviceState.ASSIGNED, None)
    assert row.holder_id is not None
    assert not life.register.devices
    assert life.at_the_ca() is at_the_ca
    with pytest.raises(PolicyForbids) as caught:
        cleaning(life).order(life.device, shown(life), actor="operator")
    assert caught.value.code == "life_empty"


def test_a_token_that_changed_since_is_shown_again(life: Life) -> None:
    before = shown(life)
    life.office.token.certificates.clear()
    with pytest.raises(Conflict) as caught:
        cleaning(life).order(life.device, before, actor="operator")
    assert caught.value.code == "contents_changed"
