"""What the person at a workstation reads: offers, notices, how a task ended."""

from portal.domain.agent_tasks import AgentTaskState
from portal.ports.agent_protocol import Offer, PollAnswer, TaskStanding
from portal.services.agent_work import Notice, NoticeKind, OpenOffer, Standing, Work
from portal.web.translate import gettext as _
from portal.web.words.agents import TASK_STATES
from portal.web.words.findings import finding_sentence
from portal.web.words.plan import item_sentence


def worded(work: Work) -> PollAnswer:
    """The answer to a poll in the words of this request's language."""
    return PollAnswer(
        now=work.now,
        next_poll=work.next_poll,
        tokens_wanted=work.tokens_wanted,
        renew=work.renew,
        offers=tuple(map(_offer, work.offers)),
        lists=work.lists,
        tasks=tuple(map(_standing, work.tasks)),
        notices=tuple(map(_notice, work.notices)),
    )


def _offer(offer: OpenOffer) -> Offer:
    changes = tuple(item_sentence(item) for item in offer.plan.items if not item.quiet)
    if offer.goes_back:
        changes = (_("Undo what the interrupted update has begun"),)
    return Offer(
        task=offer.task,
        serial=offer.serial,
        device=offer.device,
        asked_by=offer.asked_by,
        comment=offer.comment,
        reasons=tuple(map(finding_sentence, offer.findings)),
        changes=changes,
        expires_at=offer.expires_at,
    )


def _standing(standing: Standing) -> TaskStanding:
    over = not standing.state.active
    done = standing.state is AgentTaskState.DONE
    words = _("The device is up to date") if done else str(TASK_STATES[standing.state])
    return TaskStanding(standing.task, standing.serial, over, words)


def _notice(notice: Notice) -> str:
    if notice.kind is NoticeKind.UNKNOWN:
        return _("The token %(serial)s is not known to the portal", serial=notice.serial)
    return _("The token %(serial)s belongs to somebody else", serial=notice.serial)
