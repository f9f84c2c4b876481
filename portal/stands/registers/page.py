"""The page of the stand: what it knows, who called, what is armed. Plain HTML, no scripts."""

import gettext
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Final

from portal.stands.registers.mischief import TRICKS, WHERE
from portal.stands.registers.shelf import Call, Kept
from portal.stands.registers.stand import FACES, Stand
from portal.stands.smev.style import STYLE

_WORDS: Final = Path(__file__).resolve().parents[2] / "translations"
_WITH_VALUES: Final = {"slow:": "slow:5", "http:": "http:500", "operation:": "operation:3"}
_REFUSED: Final = 400
#: So many are shown of each.
_CALLS: Final = 10
_DEVICES: Final = 20
_MORE: Final = (
    "h2+p{margin:0 0 .75rem;color:var(--quiet)}.active{color:var(--good)}.disabled{color:var(--wait)}"
    "time{white-space:nowrap}td code{overflow-wrap:anywhere}"
)
Say = Callable[[str], str]


def page(stand: Stand, url: str, languages: str) -> str:
    """The whole page, in Russian unless English is asked for first."""
    first = languages.replace(";", ",").split(",")[0].strip().lower()
    language = "en" if first.startswith("en") else "ru"
    _ = gettext.translation("messages", _WORDS, [language], fallback=True).gettext
    title = _("Stand of registers of devices")
    hint = _("Nothing here is real: nobody signs in anywhere by what it knows.")
    devices = stand.shelf.all()
    faces = "".join(_face(name, url, [one for one in devices if one.face == name], _) for name in stand.faces)
    calls = _calls(stand.shelf.calls(_CALLS), _)
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" '
        f'content="light dark"><style>{STYLE}{_MORE}</style></head><body><header><h1>{title}</h1>'
        f"<p>{hint}</p></header><main>{calls}{faces}{_mischief(stand, _)}</main></body></html>"
    )


def _names(_: Say) -> dict[str, str]:
    return {
        "contract": _("Open contract"),
        "secret_net": "Secret Net Studio",
        "indeed": "Indeed Access Manager",
    }


def _face(name: str, url: str, devices: Sequence[Kept], _: Say) -> str:
    address = f"<p><code>{escape(url + FACES[name])}</code></p>"
    heading = f'<h2 id="{name}">{_names(_)[name]}</h2>{address}'
    if not devices:
        none = _("It knows no devices yet.")
        return f"<section>{heading}<p>{none}</p></section>"
    columns = (_("Serial number"), _("Model"), _("Owner"), _("State"), _("Certificates"), _("Changed"))
    shown = _table(name, columns, (_device(one, _) for one in devices[:_DEVICES]))
    known, active = _("Devices known"), _("of them active")
    counts = f"<p>{known}: {len(devices)}, {active}: {sum(map(_is_active, devices))}</p>"
    more = _("The last changed are shown.")
    last = f"<p><small>{more}</small></p>" if len(devices) > _DEVICES else ""
    return f"<section>{heading}{counts}{shown}{last}</section>"


def _device(one: Kept, _: Say) -> tuple[str, ...]:
    body = one.body
    if one.face == "indeed":
        model, owner = body["deviceModel"], (body["comment"], body["userId"])
    else:
        model = body["model"]
        owner = (body["owner"]["display_name"], body["owner"]["login"])
    word, mark = (_("active"), "active") if _is_active(one) else (_("disabled"), "disabled")
    return (
        f"<code>{escape(one.serial)}</code>",
        escape(model),
        "<br>".join(part for part in (escape(owner[0]), f"<code>{escape(owner[1])}</code>") if part),
        f'<span class="state {mark}">{word}</span>',
        str(len(body["certificates"])),
        _at(one.changed_at),
    )


def _is_active(one: Kept) -> bool:
    return bool(one.body["isActive"] if one.face == "indeed" else one.body["state"] == "active")


def _calls(calls: Sequence[Call], _: Say) -> str:
    title, none = _("Last calls"), _("Nobody has called yet.")
    heading = f'<h2 id="calls">{title}</h2>'
    if not calls:
        return f"<section>{heading}<p>{none}</p></section>"
    columns = (_("When"), _("Register of devices"), _("Call"), _("Device"), _("Answer"))
    return f"<section>{heading}{_table('calls', columns, (_call(one, _) for one in calls))}</section>"


def _call(one: Call, _: Say) -> tuple[str, ...]:
    mark = "silence" if not one.status or one.status >= _REFUSED else "answered"
    answer = str(one.status) if one.status else _("none")
    return (
        _at(one.at),
        _names(_)[one.face],
        f"<code>{escape(one.method)}</code>",
        f"<code>{escape(one.serial)}</code>",
        f'<span class="state {mark}">{answer}</span> <code>{escape(one.what)}</code>',
    )


def _mischief(stand: Stand, _: Say) -> str:
    title, often, right = _("What goes wrong"), _("How often, 0: always"), _("Put everything right")
    unknown, arrange, arm = _("Login it knows nobody by"), _("Arrange"), _("Arm")
    fields = (
        _choice("face", _("Register of devices"), ("*", *stand.faces))
        + _choice("where", _("At"), WHERE)
        + _choice("what", _("What goes wrong"), [_WITH_VALUES.get(trick, trick) for trick in TRICKS])
        + f'<label>{often}<input name="times" type="number" min="0" value="1"></label>'
    )
    armed = "".join(
        f"<li><code>{escape(f'{one.face} {one.where} {one.what} × {one.times}')}</code></li>"
        for one in stand.mischief.armed
    )
    peace = _form("peace", f"<button>{right}</button>") if armed else ""
    login = f'<label>{unknown}<input name="login" required></label>'
    stranger = _form("strangers", f"{login}<button>{arrange}</button>")
    form = _form("tricks", f"{fields}<button>{arm}</button>")
    return f"<section><h2>{title}</h2>{form}<ul>{armed}</ul>{peace}{stranger}</section>"


def _table(called: str, columns: Iterable[str], rows: Iterable[tuple[str, ...]]) -> str:
    head = "".join(f'<th scope="col">{column}</th>' for column in columns)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return (
        f'<div class="wide" role="region" tabindex="0" aria-labelledby="{called}"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _at(seconds: float) -> str:
    at = datetime.fromtimestamp(seconds, UTC)
    return f'<time datetime="{at.isoformat()}">{at:%d.%m %H:%M:%S} UTC</time>'


def _choice(name: str, label: str, values: Iterable[str]) -> str:
    options = "".join(f"<option>{escape(value)}</option>" for value in values)
    return f'<label>{label}<select name="{name}">{options}</select></label>'


def _form(order: str, inside: str) -> str:
    return f'<form method="post" action="/page/{order}">{inside}</form>'
