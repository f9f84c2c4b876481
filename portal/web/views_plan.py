"""The first two steps of the dialog: the plan with its choices, and the PIN."""

from collections.abc import Iterable
from dataclasses import dataclass

from flask import request

from portal.db.queries.views import DeviceRow
from portal.domain.findings import Finding, UpdateReason
from portal.domain.plan_items import Action, Obstacle, PlanItem, UpdatePlan
from portal.web.choices import COMMONS, DROP, FIRST, OPTIONAL, WIPE, as_query, template_value, write_choices
from portal.web.forms import PinForm
from portal.web.sides import side_url
from portal.web.translate import gettext as _
from portal.web.translate import ngettext
from portal.web.views_dialog import PIN, PLAN, Presence, Stage, stages, subtitle


@dataclass(frozen=True, slots=True)
class Option:
    """One checkbox."""

    value: str
    label: str
    checked: bool
    hint: str = ""


@dataclass(frozen=True, slots=True)
class ChoiceGroup:
    """Checkboxes that belong together."""

    name: str
    title: str
    options: tuple[Option, ...]
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRights:
    """What the visitor may decide beside the order itself."""

    forget: bool
    choose: bool
    track: bool
    remote: bool  # have it done at a workstation


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanReview:
    """Step 1: why, what will change, what can be chosen."""

    subtitle: str
    stages: tuple[Stage, ...]
    presence: Presence
    plan: UpdatePlan
    findings: tuple[Finding, ...]
    changes: tuple[PlanItem, ...]
    stays: tuple[PlanItem, ...]
    choices: tuple[ChoiceGroup, ...]
    changed: bool
    identity: bool
    may_go_on: bool
    tracking_href: str
    aside: str
    href: str
    pin_href: str
    agent_href: str
    close_href: str

    @property
    def agent_first(self) -> bool:
        """Whether a workstation is the place for it: the token is there and not here."""
        return bool(self.agent_href) and self.presence.away


@dataclass(frozen=True, slots=True, kw_only=True)
class PinStep:
    """Step 2: the token and its PIN."""

    subtitle: str
    stages: tuple[Stage, ...]
    presence: Presence
    form: PinForm
    hidden: tuple[tuple[str, str], ...]
    sets_pin: bool
    href: str
    back_href: str
    close_href: str


def plan_review(
    device: DeviceRow,
    plan: UpdatePlan,
    findings: tuple[Finding, ...],
    presence: Presence,
    *,
    rights: PlanRights,
    identity: bool,
) -> PlanReview:
    """The plan in words; ``identity``: registers of the state are asked before it is carried out."""
    changes = tuple(item for item in plan.items if not item.quiet)
    tracking = rights.track and foreign_found(findings)
    return PlanReview(
        subtitle=subtitle(device),
        stages=stages(PLAN, tracking=tracking, identity=identity),
        presence=presence,
        plan=plan,
        findings=tuple(one for one in findings if rights.choose or one.reason is not UpdateReason.OPTIONAL_AVAILABLE),
        changes=changes,
        stays=tuple(item for item in plan.items if item.quiet and item.action is not Action.OFFER),
        choices=tuple(group for group in _groups(plan, rights) if group.options),
        changed="changed" in request.args,
        identity=identity,
        may_go_on=bool(changes) and not plan.problems,
        tracking_href=side_url("device_tracking", device_id=device.id) if tracking else "",
        aside=_aside(len(changes)),
        href=side_url("new_update", device_id=device.id),
        pin_href=side_url("pin_step", device_id=device.id),
        agent_href=_agent_href(device, plan, presence, rights=rights) if changes else "",
        close_href=side_url("show_device", device_id=device.id),
    )


def _agent_href(device: DeviceRow, plan: UpdatePlan, presence: Presence, *, rights: PlanRights) -> str:
    """Where the same is ordered at a workstation: not what sets a PIN, nor while the token is here."""
    offered = rights.remote and not (plan.problems or plan.initializes or presence.here)
    return side_url("agent_step", device_id=device.id) if offered else ""


def pin_step(
    device: DeviceRow, plan: UpdatePlan, presence: Presence, form: PinForm, *, tracking: bool, identity: bool
) -> PinStep:
    """The form that starts the update: it carries the choices and the hash of what the plan was made from."""
    chosen = write_choices(plan.choices)
    return PinStep(
        subtitle=subtitle(device),
        stages=stages(PIN, tracking=tracking, identity=identity),
        presence=presence,
        form=form,
        hidden=(("content_hash", plan.content_hash), *chosen),
        sets_pin=plan.initializes,
        href=side_url("order_update", device_id=device.id),
        back_href=side_url("new_update", **as_query(chosen), device_id=device.id),
        close_href=side_url("show_device", device_id=device.id),
    )


def foreign_found(findings: Iterable[Finding]) -> bool:
    """Whether there are certificates nobody has decided about yet."""
    return any(finding.reason is UpdateReason.FOREIGN_FOUND for finding in findings)


def _aside(changes: int) -> str:
    if not changes:
        return ""
    number = ngettext("%(num)d change", "%(num)d changes", changes)
    return _("%(number)s, about a minute. The new is written first, then the old goes", number=number)


def _groups(plan: UpdatePlan, rights: PlanRights) -> Iterable[ChoiceGroup]:
    if rights.choose:
        yield ChoiceGroup(OPTIONAL, _("Optional certificates"), tuple(_optional(plan)))
        yield ChoiceGroup(COMMONS, _("Optional common certificates"), tuple(_commons(plan)))
    text = _("A given-up key is deleted for good: mail encrypted for it can never be read again.")
    if rights.forget:
        yield ChoiceGroup(DROP, _("Old decryption keys to give up"), tuple(_history(plan)), text)
    text = _("Keys and certificates of others are destroyed for good when the token is initialised.")
    yield ChoiceGroup(WIPE, _("What others put on the token"), tuple(_wipe(plan)), text)
    text = _("If writing is interrupted after that, the old one is already gone.")
    yield ChoiceGroup(FIRST, _("What may go first, to make room"), tuple(_first(plan)), text)


def _optional(plan: UpdatePlan) -> Iterable[Option]:
    for item in plan.items:
        if item.optional and item.template is not None and not item.common:
            yield Option(template_value(item.template), item.name, item.selected)


def _commons(plan: UpdatePlan) -> Iterable[Option]:
    for item in plan.items:
        if item.optional and item.common:
            yield Option(item.common, item.name, item.selected)


def _history(plan: UpdatePlan) -> Iterable[Option]:
    for item in plan.items:
        given_up = item.fingerprint in plan.choices.drop_history
        if item.fingerprint and (item.action is Action.RETAIN or item.retains or given_up):
            yield Option(item.fingerprint, _("Old key of “%(name)s”", name=item.name), given_up)


def _wipe(plan: UpdatePlan) -> Iterable[Option]:
    lost = any(problem.obstacle is Obstacle.FOREIGN_LOST for problem in plan.problems)
    if lost or plan.choices.wipe:
        yield Option("yes", _("It may go"), plan.choices.wipe)


def _first(plan: UpdatePlan) -> Iterable[Option]:
    allowed = set(plan.space.may_go_first) if plan.space else set()
    for item in plan.items:
        place = item.fingerprint or item.key_id
        if place in allowed | plan.choices.remove_first:
            yield Option(place, _("Old “%(name)s”", name=item.name), place in plan.choices.remove_first)
