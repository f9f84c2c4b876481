"""Orders that wait for an approver, and the templates that ask for one, as pages show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import url_for

from portal.domain.permissions import Permission
from portal.ports.approvals import TemplateSwitch
from portal.services.approvals import Pending
from portal.web.sides import may
from portal.web.translate import gettext as _
from portal.web.translate import ngettext
from portal.web.words.names import purpose_name


@dataclass(frozen=True, slots=True)
class Mistake:
    """What came back: which form, what was typed, what is wrong."""

    order_id: str
    comment: str
    message: str


@dataclass(frozen=True, slots=True)
class ApprovalCard:
    """One order with everything an approver looks at."""

    order_id: str
    name: str
    asked_at: datetime
    template: str
    subject: str
    alternative: str
    serial: str
    device_href: str
    person_href: str
    update_href: str
    decision_href: str
    comment: str
    error: str


@dataclass(frozen=True, slots=True)
class ApprovalList:
    """What waits, oldest first."""

    rows: tuple[ApprovalCard, ...]


@dataclass(frozen=True, slots=True)
class TemplateLine:
    """A template of the authority; ``switch_href`` is empty for whoever may not turn its switch."""

    name: str
    purpose: str
    validity: str
    manual: bool
    switch_href: str


@dataclass(frozen=True, slots=True)
class AuthorityPage:
    """The templates of the authority."""

    rows: tuple[TemplateLine, ...]
    may_switch: bool


def approval_list(pending: Sequence[Pending], mistake: Mistake | None = None) -> ApprovalList:
    """What waits; the form with a mistake keeps what was typed."""
    return ApprovalList(
        tuple(_card(one, mistake if mistake and mistake.order_id == one.request.order_id else None) for one in pending)
    )


def authority_page(templates: Sequence[TemplateSwitch]) -> AuthorityPage:
    """Templates in words."""
    may_switch = may(Permission.AUTHORITY_MANAGE)
    return AuthorityPage(
        tuple(
            TemplateLine(
                one.name,
                purpose_name(one.purpose),
                _days(one.validity),
                one.manual,
                url_for("admin.switch_approval", name=one.name) if may_switch else "",
            )
            for one in templates
        ),
        may_switch,
    )


def _card(pending: Pending, mistake: Mistake | None) -> ApprovalCard:
    request, order = pending.request, pending.order
    common = dict(request.subject).get("CN", "")
    return ApprovalCard(
        order_id=request.order_id,
        name=(order.holder if order else "") or common or _("Nobody is named"),
        asked_at=request.asked_at,
        template=request.template,
        subject=", ".join(f"{field}={value}" for field, value in request.subject),
        alternative=", ".join(f"{field}: {value}" for field, value in request.alternative),
        serial=order.serial if order else "",
        device_href=url_for("admin.show_device", device_id=order.device) if order else "",
        person_href=url_for("admin.show_person", person_id=order.person) if order and order.person else "",
        update_href=url_for("admin.show_update", update_id=order.update) if order else "",
        decision_href=url_for("admin.decide_approval", order_id=request.order_id),
        comment=mistake.comment if mistake else "",
        error=mistake.message if mistake else "",
    )


def _days(span: timedelta) -> str:
    return ngettext("%(num)d day", "%(num)d days", span.days)
