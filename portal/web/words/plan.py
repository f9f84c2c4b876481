"""The plan of an update as sentences, each with its icon and kind."""

from collections.abc import Callable
from typing import Final

from portal.domain.findings import Finding, UpdateReason
from portal.domain.plan_items import Action, Obstacle, PlanItem, PlanProblem
from portal.web.translate import gettext as _
from portal.web.words.dates import day
from portal.web.words.findings import finding_sentence, leftover_name
from portal.web.words.names import register_name
from portal.web.words.subjects import owner_name


def item_sentence(item: PlanItem) -> str:
    """What the update will do with this item."""
    return SENTENCES[item.action](item)


def item_why(item: PlanItem) -> str:
    """Why it is done, and what else happens with it: the old pair kept, the old certificate revoked."""
    said = [finding_sentence(finding) for finding in item.because]
    if item.retains:
        said.append(_("The old key stays on the device: it alone opens old mail"))
    if item.first:
        said.append(_("The old one goes before the new one is written, to make room"))
    if item.revokes:
        said.append(_("The old certificate will be revoked at the CA"))
    return ". ".join(said) + "." if said else ""


def problem_sentence(problem: PlanProblem) -> str:
    """Why the plan cannot be ordered as it stands."""
    if problem.obstacle is Obstacle.NO_HOLDER:
        return _("The device has no holder, so “%(name)s” cannot be issued", name=problem.name)
    if problem.obstacle is Obstacle.FOREIGN_LOST:
        return _(
            "“%(name)s” was put there by others and would be lost: say below that it may go",
            name=owner_name(problem.name),
        )
    if problem.obstacle is Obstacle.NO_SO_PIN:
        return _("The administrator PIN of the token is not known: enter it on the device card with “Edit”")
    return _(
        "The field %(field)s of “%(name)s” would be empty: the holder has no such data",
        field=problem.field,
        name=problem.name,
    )


def _because(item: PlanItem, reason: UpdateReason) -> Finding | None:
    return next((finding for finding in item.because if finding.reason is reason), None)


def _renew(item: PlanItem) -> str:
    name = item.name
    expired = _because(item, UpdateReason.CERTIFICATE_EXPIRED)
    expiring = _because(item, UpdateReason.CERTIFICATE_EXPIRING)
    if _because(item, UpdateReason.CERTIFICATE_REVOKED):
        return _("Issue “%(name)s” with a new key in place of the revoked one", name=name)
    if expired and expired.until:
        return _("Issue “%(name)s” in place of the one expired on %(date)s", name=name, date=day(expired.until))
    if expiring and expiring.until:
        return _("Issue “%(name)s” in place of the one expiring on %(date)s", name=name, date=day(expiring.until))
    if _because(item, UpdateReason.ATTRIBUTE_CHANGED):
        return _("Issue “%(name)s” again with the user's new data", name=name)
    return _("Issue “%(name)s” anew in place of the present one", name=name)


def _delete(item: PlanItem) -> str:
    if item.optional:
        return _("Delete “%(name)s”: it is no longer chosen", name=item.name)
    if _because(item, UpdateReason.CERTIFICATE_REVOKED):
        return _("Delete “%(name)s”: it is revoked", name=item.name)
    if _because(item, UpdateReason.HISTORY_GIVEN_UP):
        return _("Delete the old decryption key “%(name)s”: it was given up", name=item.name)
    if _because(item, UpdateReason.LEFTOVER_FOUND):
        return _("Delete the second “%(name)s”: an earlier update left it behind", name=item.name)
    return _("Delete “%(name)s”: the policy has no such template any more", name=item.name)


def _delete_common(item: PlanItem) -> str:
    if item.optional:
        return _("Delete the common certificate “%(name)s”: it is no longer chosen", name=item.name)
    if _because(item, UpdateReason.LEFTOVER_FOUND):
        return _("Delete the second common certificate “%(name)s”: an earlier update left it behind", name=item.name)
    return _("Delete the common certificate “%(name)s”: the policy does not name it any more", name=item.name)


def thing_named(item: PlanItem) -> str:
    """The name of something on the token, be it left behind by an earlier update or not."""
    return leftover_name(item.name, item.fingerprint)


def _register_of(item: PlanItem) -> str:
    return register_name(item.register or item.name)


SENTENCES: Final[dict[Action, Callable[[PlanItem], str]]] = {
    Action.KEEP: lambda item: _("Keep “%(name)s”", name=item.name),
    Action.ISSUE: lambda item: _("Issue “%(name)s”", name=item.name),
    Action.RENEW: _renew,
    Action.RENEW_SAME_KEY: lambda item: _("Renew “%(name)s” with the same key", name=item.name),
    Action.RETAIN: lambda item: _("Keep the old “%(name)s” as history: its key alone opens old mail", name=item.name),
    Action.DELETE: _delete,
    Action.OFFER: lambda item: _("“%(name)s” is offered, but not chosen", name=item.name),
    Action.WRITE_COMMON: lambda item: _("Write the common certificate “%(name)s”", name=item.name),
    Action.REPLACE_COMMON: lambda item: _(
        "Replace the common certificate “%(name)s” with its new version", name=item.name
    ),
    Action.DELETE_COMMON: _delete_common,
    Action.CLEAN: lambda item: _("Delete what an earlier update left behind: %(name)s", name=thing_named(item)),
    Action.TRACK_ONLY: lambda item: _(
        "Do not touch “%(name)s”: it was added outside the system", name=owner_name(item.name)
    ),
    Action.APPLY_POLICY: lambda item: _("From now on the device answers to the policy “%(name)s”", name=item.name),
    Action.REGISTER: lambda item: _("Register the device in %(name)s", name=_register_of(item)),
    Action.INITIALIZE: lambda item: _("Initialise the token as “%(name)s”: everything on it goes", name=item.name),
    Action.ERASE: lambda item: _("Delete “%(name)s”", name=thing_named(item)),
    Action.CHANGE_PIN: lambda item: _("Change the user PIN of %(name)s", name=item.name),
    Action.RESET_PIN: lambda item: _("Set a new user PIN on %(name)s with the administrator PIN", name=item.name),
    Action.WITHDRAW: lambda item: _("Withdraw the device from %(name)s", name=_register_of(item)),
}
