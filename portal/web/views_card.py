"""The device card: facts, reasons, certificates and history in words."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from portal.db.queries.agent_task_rows import TaskRow
from portal.db.queries.certificates import CertificateRow
from portal.db.queries.device_card import DeviceCard as CardRows
from portal.db.queries.views import DeviceRow
from portal.domain.certificate import CertificateKind, CertificateStatus, Purpose
from portal.domain.contents import TokenSighting
from portal.domain.findings import Finding
from portal.web.filters import life_left
from portal.web.sides import side, side_url
from portal.web.translate import gettext as _
from portal.web.views_actions import ActionLine, device_actions
from portal.web.views_agent_tasks import TaskCard, task_card
from portal.web.views_devices import needed, problem_name
from portal.web.views_history import HistoryEvent, ReplacementLine, history_of, replacement_lines, undone_orders
from portal.web.views_policy import PolicyChoice, policy_choice
from portal.web.views_registers import RegisterLine, register_lines
from portal.web.words.errors import Said
from portal.web.words.subjects import owner

STATUS_KINDS = {
    CertificateStatus.VALID: "fine",
    CertificateStatus.EXPIRING: "due",
    CertificateStatus.EXPIRED: "problem",
    CertificateStatus.REVOKED: "problem",
    CertificateStatus.ON_HOLD: "waiting",
    CertificateStatus.UNKNOWN: "neutral",
}

#: What the product watches at most and never touches.
OTHERS: Final = frozenset({CertificateKind.TRACKED, CertificateKind.FOREIGN})


@dataclass(frozen=True, slots=True)
class CertificateLine:
    """A certificate on the device."""

    name: str
    note: str
    serial: str
    purpose: Purpose | None
    origin: CertificateKind
    status: CertificateStatus | None
    not_after: datetime | None
    left: int
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceCard:
    """Everything the card shows."""

    device: DeviceRow
    href: str
    kind: str
    sentence: str
    manufacturer: str
    comment: str
    live: TokenSighting | None
    elsewhere: tuple[str, ...]  # workstations that see its token now
    task: TaskCard | None
    policy: PolicyChoice | None
    applied_note: str
    findings: tuple[Finding, ...]
    problem: Said | None
    may_update: bool
    certificates: tuple[CertificateLine, ...]
    others: tuple[CertificateLine, ...]  # of somebody else's: watched, or just there
    registers: tuple[RegisterLine, ...]
    history: tuple[HistoryEvent, ...]
    tags: tuple[str, ...]
    undone: tuple[Said, ...]
    replacements: tuple[ReplacementLine, ...]
    actions: tuple[ActionLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CardSurroundings:
    """What is known beside the device's own rows: where its token is now, and its task for a workstation."""

    live: TokenSighting | None
    elsewhere: tuple[str, ...]
    task: TaskRow | None
    may_cancel: bool


def device_card(rows: CardRows, around: CardSurroundings, now: datetime, *, may_update: bool) -> DeviceCard:
    """The card in words."""
    task = around.task
    kind, sentence, _more = needed(rows.row, now)
    ours = [row for row in rows.certificates if row.kind not in OTHERS]
    others = [row for row in rows.certificates if row.kind in OTHERS]
    return DeviceCard(
        device=rows.row,
        href=side_url("device_card", device_id=rows.row.id),
        kind=kind,
        sentence=sentence,
        manufacturer=rows.manufacturer,
        comment=rows.comment,
        live=around.live,
        elsewhere=around.elsewhere,
        task=None if task is None else task_card(task, now, may_cancel=around.may_cancel),
        policy=policy_choice(rows.acting),
        applied_note=_applied(rows),
        findings=rows.findings,
        problem=_problem(rows),
        may_update=may_update and rows.may_update,
        certificates=tuple(_certificate(row, now) for row in ours),
        others=tuple(_certificate(row, now) for row in others),
        registers=register_lines(rows.registers, now),
        history=history_of(rows),
        tags=rows.story.tags,
        undone=undone_orders(rows.story),
        replacements=replacement_lines(rows.story, now),
        actions=() if side().by_holder else device_actions(rows.row.id, rows.life.standing),
    )


def _applied(rows: CardRows) -> str:
    acting = rows.acting.policy if rows.acting else None
    if acting is None or rows.applied_version is None:
        return ""
    if (rows.applied_policy, rows.applied_version) == (acting.name, acting.version):
        return ""
    name, number = rows.applied_policy, rows.applied_version
    return _("Applied so far: “%(name)s”, version %(number)s", name=name, number=number)


def _problem(rows: CardRows) -> Said | None:
    if rows.holder is None:
        return Said("problem", _("Nobody holds the device"), _("Assign it to a person first."))
    if rows.acting is None:
        text = _("Give a policy to the holder's unit or group, then come back.")
        asked = _("Tell your administrator. The certificates that are on it go on working.")
        return Said("problem", problem_name("no_policy"), asked if side().by_holder else text)
    if not rows.holder.active:
        text = _("The device stays as it is. Take it back or revoke it, or activate the person again.")
        return Said("problem", problem_name("holder_inactive"), text)
    return None


def _certificate(row: CertificateRow, now: datetime) -> CertificateLine:
    left = life_left(row.not_before, row.not_after, now) if row.not_before and row.not_after else 0
    return CertificateLine(
        name=row.name or owner(row.subject),
        note=_note(row),
        serial=row.serial,
        purpose=row.purpose,
        origin=row.kind,
        status=row.status,
        not_after=row.not_after,
        left=left,
        kind=STATUS_KINDS[row.status],
    )


def _note(row: CertificateRow) -> str:
    if row.lost:
        return _("not found on the token when it was last seen")
    if not row.written:
        return _("issued, not yet written to the token")
    if row.history:
        return _("kept as history: opens old mail")
    if row.kind in OTHERS:
        return _("issued by %(issuer)s", issuer=owner(row.issuer)) if row.issuer else ""
    return ""
