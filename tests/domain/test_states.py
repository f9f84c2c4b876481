"""The tables of states: what may follow what, and what ends."""

from portal.domain.device import UPDATABLE, DeviceState
from portal.domain.update_state import ACTIVE, STEP_TRANSITIONS, UPDATE_TRANSITIONS, StepStatus, UpdateStatus
from portal.domain.update_steps import ON_TOKEN, PIVOTS, StepKind


def test_every_status_has_its_row() -> None:
    assert set(UPDATE_TRANSITIONS) == set(UpdateStatus)
    assert set(STEP_TRANSITIONS) == set(StepStatus)


def test_an_update_ends_exactly_when_it_lets_its_device_go() -> None:
    ended = {status for status, following in UPDATE_TRANSITIONS.items() if not following}
    assert ended == {UpdateStatus.COMPLETED, UpdateStatus.FAILED, UpdateStatus.CANCELLED}
    assert ended == set(UpdateStatus) - ACTIVE
    assert all(status.active == (status not in ended) for status in UpdateStatus)


def test_every_active_update_can_be_carried_on_and_every_status_is_reached() -> None:
    assert all(UpdateStatus.RUNNING in UPDATE_TRANSITIONS[status] for status in ACTIVE)
    reached = {status for following in UPDATE_TRANSITIONS.values() for status in following}
    assert reached == set(UpdateStatus) - {UpdateStatus.ORDERED}


def test_only_what_does_not_run_is_cancelled_at_once() -> None:
    assert UpdateStatus.CANCELLED in UPDATE_TRANSITIONS[UpdateStatus.ORDERED]
    assert UpdateStatus.CANCELLED in UPDATE_TRANSITIONS[UpdateStatus.WAITING]
    assert UpdateStatus.CANCELLED not in UPDATE_TRANSITIONS[UpdateStatus.STUCK]


def test_a_step_is_intended_before_anything_else() -> None:
    assert STEP_TRANSITIONS[StepStatus.PENDING] == {StepStatus.INTENDED}


def test_a_done_step_is_never_done_again_only_undone() -> None:
    assert STEP_TRANSITIONS[StepStatus.DONE] == {StepStatus.UNDOING}
    assert STEP_TRANSITIONS[StepStatus.UNDOING] == {StepStatus.UNDONE}
    assert not STEP_TRANSITIONS[StepStatus.UNDONE]


def test_what_is_in_doubt_may_turn_out_either_way() -> None:
    assert {StepStatus.DONE, StepStatus.PENDING, StepStatus.WAITING} <= STEP_TRANSITIONS[StepStatus.INTENDED]


def test_only_what_others_and_our_records_do_needs_no_token() -> None:
    assert set(StepKind) - ON_TOKEN == {
        StepKind.REQUEST_CERTIFICATE,
        StepKind.RETAIN_HISTORY,
        StepKind.REVOKE_CERTIFICATE,
        StepKind.REGISTER_DEVICE,
        StepKind.WITHDRAW_DEVICE,
        StepKind.CHECK_IDENTITY,
        StepKind.ANNOUNCE_CERTIFICATE,
    }
    assert PIVOTS <= ON_TOKEN


def test_only_a_device_in_somebody_s_hands_is_updated() -> None:
    assert {DeviceState.CLEAN, DeviceState.DISABLED, DeviceState.REVOKED} == set(DeviceState) - UPDATABLE
