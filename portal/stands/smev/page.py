"""The page of the stand: what is on its way, what is armed, and buttons for both. Plain HTML, no scripts."""

import gettext
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any, Final

from portal.stands.smev import control
from portal.stands.smev.book import ENDINGS, SERVICES
from portal.stands.smev.mischief import PLACES, TRICKS
from portal.stands.smev.stand import Stand
from portal.stands.smev.style import STYLE

_WORDS: Final = Path(__file__).resolve().parents[2] / "translations"
_WITH_VALUES: Final = {"fault:": "fault:SMEVFailure", "http:": "http:503", "slow:": "slow:5"}
_BUTTONS: Final = frozenset({"held", "silence", "late", "processing", "taken"})
Say = Callable[[str], str]


def page(stand: Stand, languages: str) -> str:
    """The whole page, in Russian unless English is asked for first."""
    first = languages.replace(";", ",").split(",")[0].strip().lower()
    _ = gettext.translation("messages", _WORDS, ["en" if first.startswith("en") else "ru"], fallback=True).gettext
    now = control.state(stand)
    title, hint = (
        _("Stand of the state message exchange"),
        _("Nothing here is real: registers answer by the scenario book."),
    )
    language = "en" if first.startswith("en") else "ru"
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" '
        f'content="light dark"><style>{STYLE}</style></head><body><header><h1>{title}</h1>'
        f"<p>{hint}</p></header><main>"
        f"{_counts(now, _)}{_messages(now['messages'], _)}{_tricks(now['tricks'], _)}{_arranged(now['endings'], _)}"
        "</main></body></html>"
    )


def _counts(now: Mapping[str, Any], _: Say) -> str:
    told = {
        _("Messages taken"): now["taken"],
        _("Answers waiting"): now["waiting"],
        _("Receipts confirmed"): now["confirmed"],
    }
    items = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in told.items())
    return f'<dl class="counts">{items}</dl>' + _form("release", _button(_("Answer everything that is held")))


def _messages(messages: list[dict[str, Any]], _: Say) -> str:
    title, none = _("Messages"), _("No messages yet.")
    heading = f'<h2 id="messages">{title}</h2>'
    if not messages:
        return f"<section>{heading}<p>{none}</p></section>"
    columns = (_("Taken"), _("Register"), _("About whom"), _("State"), _("In the queue"), _("Actions"))
    head = "".join(f'<th scope="col">{column}</th>' for column in columns)
    rows = "".join(_row(message, _) for message in messages)
    return (
        f'<section>{heading}<div class="wide" role="region" tabindex="0" '
        f'aria-labelledby="messages"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div></section>'
    )


def _row(message: Mapping[str, Any], _: Say) -> str:
    at = datetime.fromtimestamp(message["taken_at"], UTC)
    cells = (
        f'<time datetime="{at.isoformat()}">{at:%H:%M:%S} UTC</time>',
        escape(message["service"]),
        f"{escape(message['who'])}<br><code>{escape(message['client'])}</code>",
        f'<span class="state {escape(message["state"])}">{_states(_).get(message["state"], "")}</span>',
        str(message["waiting"]),
        _actions(message, _),
    )
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _states(_: Say) -> dict[str, str]:
    return {
        "taken": _("is being answered"),
        "held": _("is held back"),
        "silence": _("will not be answered"),
        "late": _("will be answered late"),
        "processing": _("in processing"),
        "answered": _("answered"),
    }


def _actions(message: Mapping[str, Any], _: Say) -> str:
    if message["state"] not in _BUTTONS:
        return ""
    words = {"answer": _("Answer now"), "refuse": _("Refuse"), "lose": _("Lose")}
    buttons = "".join(
        f'<button name="do" value="{what}" aria-label="{word}: {escape(message["who"])}">{word}</button>'
        for what, word in words.items()
    )
    return _form(f"messages/{message['number']}", buttons)


def _tricks(armed: list[dict[str, Any]], _: Say) -> str:
    tricks = [_WITH_VALUES.get(trick, trick) for trick in TRICKS]
    fields = _choice("where", _("At"), PLACES) + _choice("what", _("What goes wrong"), tricks)
    title, often = _("What goes wrong"), _("How often, 0: always")
    times = f'<label>{often}<input name="times" type="number" min="0" value="1"></label>'
    listed = "".join(f"<li><code>{escape(_trick(trick))}</code></li>" for trick in armed)
    disarm = _form("peace", _button(_("Put everything right"))) if armed else ""
    form = _form("tricks", fields + times + _button(_("Arm")))
    return f"<section><h2>{title}</h2>{form}<ul>{listed}</ul>{disarm}</section>"


def _trick(trick: Mapping[str, Any]) -> str:
    return f"{trick['where']} {trick['what']} × {trick['times']}"


def _arranged(endings: list[dict[str, Any]], _: Say) -> str:
    title, marks, end = _("Scenario book"), _("Surname, СНИЛС, passport or ОГРН; * is anybody"), _("Ending")
    who = f'<label>{marks}<input name="who" required></label>'
    ending = f'<label>{end}<input name="ending" value="held" required></label>'
    choice = _choice("service", _("Register"), ("*", *SERVICES))
    listed = "".join(
        f"<li>{escape(one['who'])} · {escape(one['service'])} · <code>{escape(one['ending'])}</code></li>"
        for one in endings
    )
    hint = f"<p><small>{', '.join(ENDINGS)}; reject:NO_DATA, invalid:605, late:60, processing:5</small></p>"
    form = _form("endings", who + choice + ending + _button(_("Arrange")))
    return f"<section><h2>{title}</h2>{form}{hint}<ul>{listed}</ul></section>"


def _choice(name: str, label: str, values: Iterable[str]) -> str:
    options = "".join(f"<option>{escape(value)}</option>" for value in values)
    return f'<label>{label}<select name="{name}">{options}</select></label>'


def _button(word: str) -> str:
    return f"<button>{word}</button>"


def _form(order: str, inside: str) -> str:
    return f'<form method="post" action="/page/{escape(order)}">{inside}</form>'
