"""One-time codes as pages show them: the open ones, the form, and a code that was just made."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from shlex import quote
from typing import Any

from flask import url_for

from portal.db.queries.agent_codes import CodeRow
from portal.domain.agent_codes import grouped
from portal.services.agent_codes import MadeCode
from portal.web.words.dates import Moment, moment


@dataclass(frozen=True, slots=True)
class CodeLine:
    """A code that may still be used."""

    code: CodeRow
    made: Moment
    expires: Moment
    person_href: str
    withdrawal_href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CodePage:
    """The form, the open codes, and how a workstation asks without a code; no ``command`` where none may come."""

    form: Any
    rows: tuple[CodeLine, ...]
    href: str
    fingerprint: str
    command: str


@dataclass(frozen=True, slots=True)
class ToldCode:
    """A code that is shown now and never again, with what is typed at the workstation."""

    text: str
    command: str
    expires: Moment
    href: str


def code_page(form: Any, codes: Iterable[CodeRow], *, fingerprint: str, address: str, now: datetime) -> CodePage:
    """The page of codes."""
    shown = grouped(fingerprint)
    return CodePage(
        form=form,
        rows=tuple(_line(code, now) for code in codes),
        href=url_for("admin.agent_codes"),
        fingerprint=shown,
        command=_command(address, "--fingerprint", shown),
    )


def told_code(made: MadeCode, address: str, now: datetime) -> ToldCode:
    """A code just made."""
    command = _command(address, "--code", made.text)
    return ToldCode(made.text, command, moment(made.expires_at, now), url_for("admin.agent_codes"))


def _command(address: str, flag: str, value: str) -> str:
    return f"klyuchnik-agent enroll {quote(address)} {flag} {value}" if address else ""


def _line(code: CodeRow, now: datetime) -> CodeLine:
    return CodeLine(
        code=code,
        made=moment(code.made_at, now),
        expires=moment(code.expires_at, now),
        person_href=url_for("admin.show_person", person_id=code.person_id) if code.person_id else "",
        withdrawal_href=url_for("admin.withdraw_agent_code", code_id=code.id),
    )
