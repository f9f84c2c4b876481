"""Connectors in words: the list, one of them, how a check went."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from flask import url_for

from portal.db.queries.connectors import ConnectorCard, ConnectorRow, Use, UseKind
from portal.domain.connector_abilities import abilities
from portal.domain.connector_fields import Field, FieldKind
from portal.domain.connector_health import Standing
from portal.domain.connector_kinds import KINDS, ConnectorKind
from portal.domain.ids import ConnectorId
from portal.ports.connectors import TraceLine
from portal.services.connector_checks import CheckView
from portal.web.translate import gettext as _
from portal.web.views_syncs import SyncPanel
from portal.web.words.connector_abilities import told_abilities
from portal.web.words.connector_fields import field_words
from portal.web.words.connector_refusals import USES
from portal.web.words.connector_sections import Section, section_hint, section_of, section_title
from portal.web.words.connectors import KINDS as KIND_WORDS
from portal.web.words.connectors import STANDING_KINDS, STANDINGS, advice, kind_name, step_name, trouble_sentence
from portal.web.words.dates import Moment, dated, moment
from portal.web.words.errors import Said
from portal.web.words.outside import plain_words


class ConnectorLine(NamedTuple):
    """One line of the list."""

    href: str
    name: str
    kind: str
    colour: str
    standing: str
    trouble: str
    answered: Moment | None
    next_try: str
    used: str


@dataclass(frozen=True, slots=True)
class TriedLine:
    """One step of a check."""

    colour: str
    name: str
    sentence: str
    advice: str


@dataclass(frozen=True, slots=True)
class Tried:
    """The last check: under way, lost for want of a worker, or told line by line."""

    href: str
    under_way: bool
    lost: bool
    at: str
    lines: tuple[TriedLine, ...]


@dataclass(frozen=True, slots=True)
class Input:
    """One field of the form. ``kept`` tells of a secret that is there, ``forgettable`` that it may be taken away."""

    control: Any
    kind: FieldKind
    hint: str
    kept: str
    forgettable: bool
    attrs: dict[str, str]


@dataclass(frozen=True, slots=True)
class InputGroup:
    """A section of the form; ``folded`` until somebody opens it, ``wrong`` when a field of it has to be mended."""

    name: str
    title: str
    hint: str
    inputs: tuple[Input, ...]
    folded: bool
    wrong: bool


@dataclass(frozen=True, slots=True)
class KindLine:
    """A kind to choose."""

    name: str
    about: str
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorPage:
    """One connector; the addresses are empty for whoever only reads."""

    line: ConnectorLine
    failed: str
    uses: tuple[tuple[str, str], ...]
    changed: str
    paused: bool
    abilities: tuple[tuple[str, str], ...]
    form: Any
    groups: tuple[InputGroup, ...]
    href: str
    check_href: str
    pause_href: str
    resume_href: str
    removal_href: str
    tried: Tried
    conflict: Said | None
    syncs: SyncPanel | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the page of a connector shows beside what is kept."""

    form: Any
    may_manage: bool
    check: CheckView | None = None
    conflict: Said | None = None
    syncs: SyncPanel | None = None


_AREA: Final = {"rows": "6", "spellcheck": "false", "autocomplete": "off"}
_LINE: Final = {"spellcheck": "false", "autocomplete": "off"}
_ATTRS: Final = {
    FieldKind.NUMBER: {"inputmode": "numeric", **_LINE},
    FieldKind.ADDRESS: {"inputmode": "url", **_LINE},
    FieldKind.SECRET: {"autocomplete": "new-password"},
    FieldKind.LINES: {**_AREA, "rows": "3"},
    FieldKind.CERTIFICATE: _AREA,
    FieldKind.KEY: _AREA,
    FieldKind.CHOICE: {},
}


def connector_lines(rows: Iterable[ConnectorRow], now: datetime) -> tuple[ConnectorLine, ...]:
    """The list."""
    return tuple(connector_line(row, now) for row in rows)


def connector_line(row: ConnectorRow, now: datetime) -> ConnectorLine:
    """One of them."""
    health, standing = row.health, row.health.standing(row.state)
    held = standing is Standing.FAILING and health.holds_back(now) and health.next_try_at
    return ConnectorLine(
        href=url_for("admin.show_connector", connector_id=row.id),
        name=row.name,
        kind=kind_name(row.kind),
        colour=STANDING_KINDS[standing],
        standing=str(STANDINGS[standing]),
        trouble=trouble_sentence(health) if health.failures else "",
        answered=moment(health.answered_at, now) if health.answered_at else None,
        next_try=dated(held) if held else "",
        used=", ".join(use.name for use in row.policies),
    )


def connector_page(card: ConnectorCard, now: datetime, shown: Shown) -> ConnectorPage:
    """One of them, whole."""
    number, health = card.row.id, card.row.health

    def address(endpoint: str) -> str:
        return url_for(endpoint, connector_id=number) if shown.may_manage else ""

    return ConnectorPage(
        line=connector_line(card.row, now),
        failed=dated(health.failed_at) if health.failures and health.failed_at else "",
        uses=tuple(map(_use, card.uses)),
        changed=_("%(who)s, %(when)s", who=card.changed_by, when=dated(card.changed_at)),
        paused=card.row.health.standing(card.row.state) is Standing.PAUSED,
        abilities=told_abilities(abilities(card.row.kind, card.plain)),
        form=shown.form,
        groups=input_groups(card.row.kind, shown.form, {name: dated(at) for name, at in card.secrets.items()}),
        href=address("admin.change_connector"),
        check_href=address("admin.check_connector"),
        pause_href=address("admin.pause_connector"),
        resume_href=address("admin.resume_connector"),
        removal_href=address("admin.remove_connector"),
        tried=tried_page(number, shown.check),
        conflict=shown.conflict,
        syncs=shown.syncs,
    )


def input_groups(kind: ConnectorKind, form: Any, kept: dict[str, str]) -> tuple[InputGroup, ...]:
    """The fields of the form by section, in the order of the kind."""
    found: dict[Section, list[Input]] = {section: [] for section in Section}
    for field in KINDS[kind].fields:
        found[section_of(field)].append(_input(kind, field, form[field.name], kept.get(field.name, "")))
    return tuple(_group(section, kind, inputs) for section, inputs in found.items() if inputs)


def _group(section: Section, kind: ConnectorKind, inputs: list[Input]) -> InputGroup:
    folded = section is Section.ADVANCED
    wrong = any(one.control.errors for one in inputs)
    title, hint = section_title(section, kind), str(section_hint(section))
    return InputGroup(section.value, title, hint, tuple(inputs), folded, wrong)


def _input(kind: ConnectorKind, field: Field, control: Any, kept: str) -> Input:
    hint = str(field_words(kind, field.name).help)
    if kept:
        hint = _("%(hint)s Set %(when)s and never shown; leave it empty to keep it.", hint=hint, when=kept)
    return Input(control, field.kind, hint, kept, bool(kept) and not field.required, _ATTRS.get(field.kind, _LINE))


def kind_lines() -> tuple[KindLine, ...]:
    """The kinds there are."""
    return tuple(
        KindLine(str(words.name), str(words.about), url_for("admin.new_connector", kind=kind.value))
        for kind, words in KIND_WORDS.items()
    )


def tried_page(number: ConnectorId, check: CheckView | None) -> Tried:
    """How the last check goes, or went."""
    href = url_for("admin.connector_check", connector_id=number)
    if check is None:
        return Tried(href, under_way=False, lost=False, at="", lines=())
    at = dated(check.finished_at) if check.finished_at else ""
    lines = tuple(map(_tried_line, check.trace))
    return Tried(href, under_way=check.open, lost=check.lost, at=at, lines=lines)


def _tried_line(one: TraceLine) -> TriedLine:
    return TriedLine("fine" if one.ok else "problem", step_name(one.what), plain_words(one.detail), advice(one))


def _use(use: Use) -> tuple[str, str]:
    """What needs it, and where that is."""
    match use.kind:
        case UseKind.POLICY:
            return use.name, url_for("admin.show_policy", policy_id=use.number)
        case UseKind.UPDATE:
            return _("Update no. %(name)s", name=use.name), url_for("admin.show_update", update_id=use.number)
        case UseKind.DRAFT:
            return _("Draft of “%(name)s”", name=use.name), ""
        case _:
            return str(USES[use.kind.value]), ""
