"""One's own device as its holder sees it: how it stands, what that means for him, and the one thing to do next."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from portal.db.queries.device_card import DeviceCard as CardRows
from portal.db.queries.device_life import LifeRow
from portal.db.queries.updates import UpdateRow
from portal.db.queries.views import DeviceRow
from portal.domain.device import UPDATABLE, DeviceState
from portal.domain.findings import Finding, UpdateReason
from portal.domain.outcomes import WaitingFor
from portal.domain.permissions import Permission
from portal.domain.policy import SelfServiceRules
from portal.domain.troubles import Trouble
from portal.domain.update_state import UpdateStatus
from portal.selfservice import words
from portal.selfservice.offers import Offer, offers
from portal.selfservice.words import Verdict
from portal.web.sides import may, side_url
from portal.web.views_devices import needed

#: Why registers of the state cannot go on by themselves.
ON_DATA: Final = frozenset({Trouble.IDENTITY_NEEDED, Trouble.IDENTITY_REFUTED, Trouble.IDENTITY_NOT_FOUND})
ORDER: Final = ("problem", "due", "waiting", "possible", "fine", "neutral")
ON_HOLDER: Final = frozenset({WaitingFor.PIN, WaitingFor.TOKEN})
FOREIGN: Final = frozenset({UpdateReason.FOREIGN_FOUND})


@dataclass(frozen=True, slots=True)
class Action:
    """The one thing to do next; ``dialog`` opens over the page."""

    label: str
    href: str
    icon: str
    main: bool = True
    dialog: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How one device stands."""

    device: DeviceRow
    name: str
    kind: str
    sentence: str
    verdict: Verdict
    findings: tuple[Finding, ...]
    action: Action | None
    offers: tuple[Offer, ...]
    href: str
    refresh_href: str

    @property
    def weight(self) -> int:
        """What needs doing comes first."""
        return ORDER.index(self.verdict.kind)

    @property
    def card(self) -> None:
        """The card is loaded when the row opens."""
        return


def standing(rows: CardRows, life: LifeRow, now: datetime, login: str, *, ticket_alive: bool) -> Standing:
    """The device in words for its holder."""
    rules = rows.acting.policy.self_service if rows.acting else SelfServiceRules(change_pin=False)
    verdict, action = _verdict(rows, now, ticket_alive=ticket_alive)
    if life.standing.state is DeviceState.DISABLED and life.disabled_by != login:
        verdict = words.disabled_by_other()
    offered = offers(life, rules, login)
    if action is None:
        action = next((Action(one.label, one.href, one.icon, dialog=False) for one in offered if one.main), None)
    kind, sentence = _in_a_row(rows.row, verdict, now)
    told = verdict.kind in {"due", "problem"} and rows.row.update is None and rows.row.state in UPDATABLE
    return Standing(
        device=rows.row,
        name=" · ".join(part for part in (rows.row.model or rows.row.type, rows.row.label) if part),
        kind=kind,
        sentence=sentence,
        verdict=verdict,
        findings=_due(rows) if told else (),
        action=action,
        offers=tuple(one for one in offered if action is None or one.href != action.href),
        href=side_url("show_device", device_id=rows.row.id),
        refresh_href=side_url("device_standing", device_id=rows.row.id),
    )


def _in_a_row(row: DeviceRow, verdict: Verdict, now: datetime) -> tuple[str, str]:
    if verdict.kind == "fine":
        return "fine", words.nothing_to_do()
    if row.state in words.AT_REST:
        return verdict.kind, verdict.title
    kind, sentence, _more = needed(row, now)
    return kind, sentence


def _verdict(rows: CardRows, now: datetime, *, ticket_alive: bool) -> tuple[Verdict, Action | None]:
    row = rows.row
    if row.state in words.AT_REST:
        return words.at_rest(row.state), None
    running = next((update for update in rows.updates if update.id == row.update), None)
    if running is not None:
        return _running(running, ticket_alive=ticket_alive)
    if rows.acting is None:
        return words.no_policy(), None
    return _between_updates(rows, rows.acting.policy.self_service, now)


def _running(update: UpdateRow, *, ticket_alive: bool) -> tuple[Verdict, Action]:
    href = side_url("show_update", update_id=update.id)
    lost_pin = update.status is UpdateStatus.ORDERED and not ticket_alive
    waits = update.status is UpdateStatus.WAITING and update.waiting_for in ON_HOLDER and not ticket_alive
    if lost_pin or waits:
        return words.waits_for_holder(), Action(str(words.CONTINUE), href, "play")
    if update.status is UpdateStatus.WAITING and update.why is not None and update.why.trouble in ON_DATA:
        return words.waits_for_data(update.why.trouble), Action(str(words.CONTINUE), href, "play")
    return words.running(update.status, update.waiting_for), Action(str(words.SEE), href, "next", main=False)


def _between_updates(rows: CardRows, rules: SelfServiceRules, now: datetime) -> tuple[Verdict, Action | None]:
    policy = rows.acting.policy.name if rows.acting else ""
    href = side_url("new_update", device_id=rows.row.id)
    due = _due(rows)
    only_foreign = bool(due) and {finding.reason for finding in due} == FOREIGN
    if only_foreign and rules.choose_tracked and may(Permission.SELF_TRACKING_CHOOSE):
        return words.foreign_found(), Action(
            str(words.DECIDE), side_url("device_tracking", device_id=rows.row.id), "track"
        )
    if not due or only_foreign:  # nothing is to be written, and what others wrote is not for him to decide about
        choose = rows.row.possible and rules.update and rules.choose_optional and may(Permission.SELF_UPDATES_ORDER)
        offer = Action(str(words.CHOOSE), href, "certificate", main=False) if choose else None
        return words.in_order(rows.row.earliest_not_after), offer
    if not (rules.update and may(Permission.SELF_UPDATES_ORDER)):
        return words.not_by_holder(policy), None
    if rows.row.state is DeviceState.ASSIGNED:
        return words.to_be_issued(), Action(str(words.ISSUE), href, "update")
    return words.due(due[0], now), Action(str(words.UPDATE), href, "update")


def _due(rows: CardRows) -> tuple[Finding, ...]:
    worst = {UpdateReason.CERTIFICATE_EXPIRED: 0, UpdateReason.CERTIFICATE_REVOKED: 1, UpdateReason.CONTENT_MISSING: 2}
    found = (finding for finding in rows.findings if finding.reason.due)
    return tuple(sorted(found, key=lambda finding: worst.get(finding.reason, 3)))
