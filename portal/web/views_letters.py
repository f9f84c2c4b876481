"""The outbox of letters, one letter, and what letters look like."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from flask import url_for
from flask_login import current_user

from portal.db.queries.letters import LetterEntry
from portal.db.queries.paging import Page
from portal.domain.letters import Audience, LetterKind, LetterStatus
from portal.domain.permissions import Permission
from portal.ports.letters import LetterFacts, LetterLine, LetterWriter
from portal.web.paging import Pager, pager
from portal.web.tabs import Tab, tab_row
from portal.web.translate import gettext as _
from portal.web.translate import tongue
from portal.web.words.letters import audience_title, kind_title, status_title

Options = tuple[tuple[str, str], ...]
_PEOPLE: Final = (Audience.HOLDER, Audience.MANAGER, Audience.ADMINISTRATORS)


@dataclass(frozen=True, slots=True)
class LetterLineView:
    """A letter in the list."""

    letter: LetterEntry
    href: str
    kind: str
    audience: str
    badge: tuple[str, str]


@dataclass(frozen=True, slots=True)
class LetterList:
    """A page of the outbox."""

    rows: tuple[LetterLineView, ...]
    pager: Pager
    statuses: Options
    selected: str
    href: str
    tabs: tuple[Tab, ...]
    enabled: bool


@dataclass(frozen=True, slots=True)
class LetterPage:
    """One letter; ``repeat_href`` is empty when it may not be tried again."""

    line: LetterLineView
    repeat_href: str
    tabs: tuple[Tab, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """A letter with made-up facts."""

    href: str
    kinds: Options
    kind: str
    audiences: Options
    audience: str
    languages: Options
    language: str
    subject: str
    body: str
    tabs: tuple[Tab, ...]


@dataclass(frozen=True, slots=True)
class Recipients:
    """The forms of the recipients and of the test."""

    form: Any
    test: Any
    href: str
    test_href: str
    tabs: tuple[Tab, ...]
    enabled: bool


def letter_list(page: Page[LetterEntry], selected: str, *, enabled: bool) -> LetterList:
    """One page of the outbox."""
    statuses = tuple((status.value, status_title(status)[1]) for status in LetterStatus)
    return LetterList(
        rows=tuple(map(_line, page.items)),
        pager=pager(len(page.items), page.count, page.after),
        statuses=(("", _("Any state")), *statuses),
        selected=selected,
        href=url_for("admin.letters"),
        tabs=_tabs("admin.letters"),
        enabled=enabled,
    )


def letter_page(letter: LetterEntry, *, may_repeat: bool) -> LetterPage:
    """One letter as it was written."""
    repeat = may_repeat and letter.status is LetterStatus.REFUSED
    href = url_for("admin.repeat_letter", letter_id=letter.id) if repeat else ""
    return LetterPage(_line(letter), href, _tabs("admin.letters"))


def preview_page(given: Mapping[str, str], writer: LetterWriter, now: datetime) -> Preview:
    """A letter of the chosen kind, to the chosen addressee, in the chosen language."""
    kind = LetterKind(given["kind"]) if given.get("kind") in set(LetterKind) else LetterKind.CONTENT_EXPIRING
    audience = Audience(given["audience"]) if given.get("audience") in set(Audience) else Audience.HOLDER
    language = given["language"] if given.get("language") in {"ru", "en"} else tongue().language
    subject, body = writer.write(_made_up(kind, audience, now), language)
    return Preview(
        href=url_for("admin.preview_letter"),
        kinds=tuple((one.value, kind_title(one)) for one in LetterKind),
        kind=kind,
        audiences=tuple((one.value, audience_title(one)) for one in _PEOPLE),
        audience=audience,
        languages=(("ru", "Русский"), ("en", "English")),
        language=language,
        subject=subject,
        body=body,
        tabs=_tabs("admin.preview_letter"),
    )


def recipients_page(form: object, test: object, *, enabled: bool) -> Recipients:
    """Who gets the letters for administrators."""
    href = url_for("admin.letter_recipients")
    return Recipients(form, test, href, url_for("admin.test_letters"), _tabs("admin.letter_recipients"), enabled)


def _made_up(kind: LetterKind, audience: Audience, now: datetime) -> LetterFacts:
    if kind is LetterKind.DIGEST:
        lines = tuple(LetterLine(name=name, number=number) for name, number in (("due", 41), ("stuck", 1)))
    elif kind is LetterKind.TEST:
        lines = ()
    else:
        lines = (LetterLine("0123456789", _("Domain sign-in"), now + timedelta(days=12)),)
    holder, manager = _("Anna Smirnova"), _("Pyotr Ivanov")
    name = {Audience.HOLDER: holder, Audience.MANAGER: manager}.get(audience, "")
    return LetterFacts(kind, audience, name, holder, lines, url_for("root", _external=True))


def _line(letter: LetterEntry) -> LetterLineView:
    href = url_for("admin.show_letter", letter_id=letter.id)
    return LetterLineView(
        letter, href, kind_title(letter.kind), audience_title(letter.audience), status_title(letter.status)
    )


def _tabs(current: str) -> tuple[Tab, ...]:
    pages = [(_("Outbox"), "admin.letters"), (_("What they look like"), "admin.preview_letter")]
    if current_user.may(Permission.LETTERS_MANAGE):
        pages.append((_("Administrators"), "admin.letter_recipients"))
    return tab_row(pages, current)
