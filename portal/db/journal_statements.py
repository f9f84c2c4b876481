"""The statements of the journal, built once: every run executes the same few, compiled and cached."""

from typing import Final

from sqlalchemy import BindParameter, and_, bindparam, case, false, func, null, or_, select, true, update
from sqlalchemy.sql.dml import Update as Update_

from portal.db.models import Device, Person, Update, UpdateStep
from portal.db.prepared import Prepared
from portal.domain.device import UPDATABLE, DeviceState
from portal.domain.outcomes import WaitingFor
from portal.domain.update_state import STEP_TRANSITIONS, StepStatus, UpdateStatus

#: Names with a leading b_ are bound at execution; they must differ from the columns' names.
_ID: Final[BindParameter[int]] = bindparam("b_id")
_NOW: Final = bindparam("b_now", type_=Update.lease_until.type)

_DUE: Final = or_(
    Update.status == UpdateStatus.ORDERED,
    and_(Update.status == UpdateStatus.WAITING, Update.wake_at <= _NOW),
    and_(Update.status == UpdateStatus.RUNNING, or_(Update.lease_until.is_(None), Update.lease_until <= _NOW)),
)

CLAIM: Final = Prepared(
    update(Update)
    .where(Update.id == _ID, _DUE)
    .values(
        status=UpdateStatus.RUNNING,
        lease_owner=bindparam("b_owner"),
        lease_until=bindparam("b_until", type_=Update.lease_until.type),
        started_at=func.coalesce(Update.started_at, _NOW),
        fence=Update.fence + 1,
        attempts=Update.attempts + 1,
        sequence=Update.sequence + 1,
        wake_at=null(),
        waiting_for=null(),
        why=null(),
    )
    .returning(
        Update.device_id,
        Update.fence,
        Update.attempts,
        Update.unwinding,
        Update.cancel_requested,
        Update.sequence,
        Update.run_no,
    )
)

WHOSE: Final = Prepared(
    select(Device.serial, Person.login)
    .outerjoin(Person, Person.id == Device.holder_id)
    .where(Device.id == bindparam("b_device"))
)

STEPS: Final = Prepared(
    select(UpdateStep.seq, UpdateStep.status, UpdateStep.step, UpdateStep.reply, UpdateStep.ticket)
    .add_columns(UpdateStep.why, UpdateStep.settled, UpdateStep.intended_at)
    .where(UpdateStep.update_id == _ID)
    .order_by(UpdateStep.seq)
)

#: The claim still holds: nobody with a higher fence, and it was not given up.
_HELD: Final = and_(Update.id == _ID, Update.fence == bindparam("b_fence"), Update.status == UpdateStatus.RUNNING)
_COUNTED: Final = {"sequence": Update.sequence + 1}

_held = update(Update).where(_HELD).returning(Update.sequence, Update.device_id, Update.cancel_requested)

RENEW: Final = Prepared(
    update(Update)
    .where(_HELD)
    .values(lease_until=bindparam("b_until", type_=Update.lease_until.type))
    .returning(Update.sequence, Update.device_id)
)
ASKED_TO_STOP: Final = Prepared(select(Update.cancel_requested).where(_HELD))

#: A step moved and nothing came of it yet: attempts keep counting.
TOUCH: Final = Prepared(_held.values(_COUNTED))
#: A step was finished or undone: the claim was not in vain. ``b_next`` is 1 when a next intent goes with it.
_NEXT: Final = case((Update.cancel_requested == true(), 0), else_=bindparam("b_next", type_=Update.sequence.type))
PROGRESS: Final = Prepared(_held.values({"sequence": Update.sequence + 1 + _NEXT, "attempts": 0}))
_CAUSE: Final = bindparam("b_why", type_=Update.unwinding.type)
_turning_back = _held.values(_COUNTED | {"unwinding": _CAUSE, "cancel_requested": false()})
TURN_BACK: Final = Prepared(_turning_back)
#: What is refused on the way back is not why the run goes back.
REFUSED: Final = Prepared(_turning_back.values(attempts=0, unwinding=func.coalesce(Update.unwinding, _CAUSE)))

_FREED: Final = {"lease_owner": null(), "lease_until": null()}
_WHY: Final = {"why": bindparam("b_why", type_=Update.why.type)}
_WHOM: Final = bindparam("b_whom", type_=Update.waiting_for.type)

#: What a person may give up waiting for on the way back.
_OUT_OF_REACH: Final = (_WHOM == WaitingFor.TOKEN, _WHOM == WaitingFor.PIN, _WHOM == WaitingFor.AGENT)
#: A wish to stop that came while the run was about to wait must not wait with it.
_WISH: Final = and_(
    Update.cancel_requested == true(),
    or_(Update.unwinding.is_(None), *_OUT_OF_REACH),
)

#: So must a workstation's report: the worker its bell called found the run taken.
_REPORTED: Final = and_(_WHOM == WaitingFor.AGENT, Update.run_no > bindparam("b_bell", type_=Update.run_no.type))

PARK: Final = Prepared(
    _held.values(
        _COUNTED
        | _FREED
        | _WHY
        | {
            "status": UpdateStatus.WAITING,
            "attempts": 0,
            "waiting_for": _WHOM,
            "wake_at": case((or_(_WISH, _REPORTED), _NOW), else_=bindparam("b_wake", type_=Update.wake_at.type)),
        }
    ).returning(Update.run_no)
)
STUCK: Final = Prepared(_held.values(_COUNTED | _FREED | _WHY | {"status": UpdateStatus.STUCK}))
END: Final = Prepared(
    update(Update)
    .where(_HELD)
    .values(
        _COUNTED
        | _FREED
        | _WHY
        | {"status": bindparam("b_status", type_=Update.status.type), "finished_at": _NOW, "attempts": 0}
    )
    .returning(Update.sequence, Update.device_id, Update.policy_id, Update.policy_version, Update.kind)
)


def _step_to(to: StepStatus) -> Update_:
    """Move a step to a status from those it may come from; spelled out, for a list would be expanded at each use."""
    sources = (was for was, then in STEP_TRANSITIONS.items() if to in then)
    return (
        update(UpdateStep)
        .where(UpdateStep.update_id == _ID, UpdateStep.seq == bindparam("b_seq"))
        .where(or_(*(UpdateStep.status == was for was in sources)))
        .values(status=to, settled=null())
    )


_STEP_WHY: Final = {"why": bindparam("b_why", type_=UpdateStep.why.type)}

TO_PENDING: Final = Prepared(_step_to(StepStatus.PENDING))
TO_INTENDED: Final = Prepared(_step_to(StepStatus.INTENDED).values(intended_at=_NOW))
TO_WAITING: Final = Prepared(_step_to(StepStatus.WAITING).values(_STEP_WHY | {"ticket": bindparam("b_ticket")}))
TO_DONE: Final = Prepared(
    _step_to(StepStatus.DONE).values(finished_at=_NOW, reply=bindparam("b_reply", type_=UpdateStep.reply.type))
)
_MINE: Final = UpdateStep.seq == bindparam("b_seq")
_NEXT_ONE: Final = UpdateStep.seq == bindparam("b_then", type_=UpdateStep.seq.type)
_MAY_BE_DONE: Final = or_(
    *(UpdateStep.status == was for was, then in STEP_TRANSITIONS.items() if StepStatus.DONE in then)
)

#: A step is done and the next one intended, in one go: it happens at every step of every update.
ADVANCE: Final = Prepared(
    update(UpdateStep)
    .where(UpdateStep.update_id == _ID)
    .where(or_(and_(_MINE, _MAY_BE_DONE), and_(_NEXT_ONE, UpdateStep.status == StepStatus.PENDING)))
    .values(
        status=case((_MINE, StepStatus.DONE), else_=StepStatus.INTENDED),
        settled=null(),
        finished_at=case((_MINE, _NOW), else_=UpdateStep.finished_at),
        intended_at=case((_MINE, UpdateStep.intended_at), else_=_NOW),
        reply=case((_MINE, bindparam("b_reply", type_=UpdateStep.reply.type)), else_=UpdateStep.reply),
    )
)
TO_REFUSED: Final = Prepared(_step_to(StepStatus.REFUSED).values(_STEP_WHY | {"finished_at": _NOW}))
TO_UNDOING: Final = Prepared(_step_to(StepStatus.UNDOING).values(intended_at=_NOW))
TO_UNDONE: Final = Prepared(
    _step_to(StepStatus.UNDONE).values(owed_at=bindparam("b_owed", type_=UpdateStep.owed_at.type))
)

#: The step stays as it is; people see what it waits for, and what a person said of it before is over.
NOTE_STEP: Final = Prepared(
    update(UpdateStep)
    .where(UpdateStep.update_id == _ID, UpdateStep.seq == bindparam("b_seq"))
    .values(_STEP_WHY | {"settled": null()})
)

_OF_DEVICE: Final = Device.id == bindparam("b_device")

#: A device whose update waits for the authority is pending until it goes on.
DEVICE_PENDS: Final = Prepared(
    update(Device)
    .where(_OF_DEVICE, or_(Device.state == DeviceState.ASSIGNED, Device.state == DeviceState.ISSUED))
    .values(state=DeviceState.PENDING)
)
#: It is looked at afresh at once: what it needs has changed.
DEVICE_ENDS: Final = Prepared(
    update(Device)
    .where(_OF_DEVICE)
    .values(
        next_check_at=_NOW,
        state=case(
            (Device.state != DeviceState.PENDING, Device.state),
            (Device.applied_policy_id.is_(None), DeviceState.ASSIGNED),
            else_=DeviceState.ISSUED,
        ),
    )
)
DEVICE_UPDATED: Final = Prepared(
    update(Device)
    .where(_OF_DEVICE)
    .values(
        next_check_at=_NOW,
        state=case(
            (or_(*(Device.state == state for state in sorted(UPDATABLE))), DeviceState.ISSUED), else_=Device.state
        ),
        applied_policy_id=bindparam("b_policy"),
        applied_policy_version=bindparam("b_version"),
    )
)
#: Nothing of ours is on it any more: it waits for its first update, or for a holder.
DEVICE_CLEANED: Final = Prepared(
    update(Device)
    .where(_OF_DEVICE)
    .values(
        next_check_at=_NOW,
        state=case((Device.holder_id.is_(None), DeviceState.CLEAN), else_=DeviceState.ASSIGNED),
        applied_policy_id=null(),
        applied_policy_version=null(),
    )
)
