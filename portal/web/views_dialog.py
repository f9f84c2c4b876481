"""What every step of the update dialog shares: its stages and whether the token is there."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from portal.db.queries.updates import UpdateRow
from portal.db.queries.views import DeviceRow
from portal.domain.contents import PinTries, TokenSighting
from portal.ports.token import TokenWatch
from portal.web.sides import side_url
from portal.web.translate import gettext as _
from portal.web.translate import lazy_gettext as _l

PLAN, PIN, AGENT, IDENTITY, RUN, TRACKING, RESULT = "plan", "pin", "agent", "identity", "run", "tracking", "result"
STAGES: Final = (
    (PLAN, _l("Contents")),
    (PIN, _l("PIN")),
    (AGENT, _l("Workstation")),
    (IDENTITY, _l("SMEV")),
    (RUN, _l("Progress")),
    (TRACKING, _l("Tracking")),
    (RESULT, _l("Summary")),
)
TRIES: Final = {
    PinTries.PLENTY: _l("PIN tries: plenty"),
    PinTries.LOW: _l("PIN tries: few are left"),
    PinTries.LAST: _l("PIN tries: one last try, which the portal never spends"),
    PinTries.LOCKED: _l("The PIN is locked: unlock it with the administrator PIN first"),
}
TRIES_KINDS: Final = {
    PinTries.PLENTY: "fine",
    PinTries.LOW: "due",
    PinTries.LAST: "problem",
    PinTries.LOCKED: "problem",
}


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of the dialog: done, current or later."""

    label: str
    state: str


@dataclass(frozen=True, slots=True)
class Presence:
    """Whether the token is plugged in ``here``, at the portal, or ``away``, at a workstation, and what else is seen.

    ``key`` changes with the words, its first word with the place.
    """

    kind: str
    title: str
    text: str
    href: str
    key: str
    here: bool = False
    away: bool = False


@dataclass(frozen=True, slots=True)
class PresenceAround:
    """Asked when the token is not here: workstations that see it, and other tokens plugged in that may be named."""

    elsewhere: Callable[[], Sequence[str]]
    others: Callable[[], Collection[str]]


def stages(current: str, *, tracking: bool, identity: bool = False, remote: bool = False) -> tuple[Stage, ...]:
    """The stages; tracking and registers of the state stand there only when they will be needed.

    ``remote``: it is done at a workstation, and the PIN is entered there.
    """
    needed = {TRACKING: tracking, IDENTITY: identity, AGENT: remote, PIN: not remote}
    left_out = {name for name, wanted in needed.items() if not wanted}
    shown = [(name, label) for name, label in STAGES if name not in left_out]
    place = [name for name, _label in shown].index(current)
    states = ("done" if number < place else "current" if number == place else "later" for number in range(len(shown)))
    return tuple(Stage(str(label), state) for (_name, label), state in zip(shown, states, strict=True))


def presence_of(device_id: int, serial: str, watch: TokenWatch, around: PresenceAround) -> Presence:
    """The token with this serial as it is seen now, else which others are."""
    seen = watch.seen(serial)
    away = None if seen else _at_workstations(around.elsewhere())
    kind, title, text = _seen(seen) if seen else away or _absent(serial, around)
    place = "here" if seen else "away" if away else "none"
    key = f"{place}-{sha256(f'{kind}{title}{text}'.encode()).hexdigest()[:12]}"
    href = side_url("device_presence", device_id=device_id, shown=key)
    return Presence(kind, title, text, href, key, here=seen is not None, away=away is not None)


def subtitle(device: DeviceRow) -> str:
    """Which device, and whose."""
    return " · ".join(part for part in (device.model or device.type, device.serial, device.holder) if part)


def run_subtitle(row: UpdateRow) -> str:
    """The device of a run, and whose it is."""
    return " · ".join(part for part in (row.model, row.serial, row.holder) if part)


def _seen(seen: TokenSighting) -> tuple[str, str, str]:
    title = _("The token is plugged in: %(name)s", name=seen.label or seen.model)
    where = f"{seen.serial} · {seen.where}" if seen.where else seen.serial
    return TRIES_KINDS[seen.tries], title, f"{where} · {TRIES[seen.tries]}"


def _at_workstations(names: Sequence[str]) -> tuple[str, str, str] | None:
    if not names:
        return None
    title = _("The token is plugged in at a workstation: %(names)s", names=", ".join(names))
    return "accent", title, _("The portal itself does not see it.")


def _absent(serial: str, around: PresenceAround) -> tuple[str, str, str]:
    others = ", ".join(sorted(around.others()))
    text = _("The page notices it by itself.")
    if others:
        text = _("The page notices it by itself. Plugged in now, but not this one: %(others)s", others=others)
    return "waiting", _("Plug in the token %(serial)s", serial=serial), text
