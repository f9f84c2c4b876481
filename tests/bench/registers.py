"""Checks of identity through the stand of СМЭВ: asked, answered, judged; and the bare line for comparison."""

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import func, select

from portal.bootstrap import Portal
from portal.connectors.clock import SystemClock
from portal.connectors.smev.signers.sidecar import SidecarSigner
from portal.db import schema
from portal.db.models import IdentityApplication
from portal.domain.exchange_settings import Transport
from portal.domain.identity import IdentityClaim, Sex
from portal.domain.identity_check import IdentityService, Verdict
from portal.domain.ids import PersonId
from portal.ports.exchange import MessageExchange, Received
from portal.services.identity_checks import Wanted as WantedCheck
from portal.services.people import PersonDraft, add_people
from portal.supervisor.processes import Spec
from tests.bench.stand import Stand, StandError, memory_mb, processor_ms, stand
from tests.support.citizens import snils_of
from tests.support.smev_stand import RunningStand, entry_of, running_stand
from tests.support.smev_talk import question, received, sent

_SNILS: Final = frozenset({IdentityService.SNILS})
_CONTAINER: Final = ("Ключ",)
_AT_ONCE: Final = 1000


@dataclass(frozen=True, slots=True)
class Wanted:
    """How many checks, which ways, how many messages over the bare line, and how long it may take at most."""

    checks: int
    transports: Sequence[Transport]
    bare: int
    patience: float


def run(wanted: Wanted) -> list[dict[str, object]]:
    """All figures."""
    return [row for transport in wanted.transports for row in _rows(wanted, transport)]


def _rows(wanted: Wanted, transport: Transport) -> Iterator[dict[str, object]]:
    with ExitStack() as stack:
        place = stack.enter_context(stand())
        other = stack.enter_context(running_stand(place.folder / "smev"))
        signer = stack.enter_context(other.signing())
        other.order("book", entries=[entry_of(claim) for claim in map(_claim, range(wanted.checks))])
        yield {"transport": transport.value, **_bare(wanted, transport, other, signer)}
        other.forget()
        schema.upgrade(place.settings.database_url)
        portal = place.portal()
        stack.enter_context(portal.database)
        portal.exchange.save(other.settings(transport, signer.path), version=0, actor="bench")
        started = time.perf_counter()
        _ask_about(portal, wanted.checks)
        yield {"transport": transport.value, "what": "put in", **_speed(wanted.checks, started)}
        yield {"transport": transport.value, **_answered(wanted, place, portal)}
        told = other.state()
        yield {"transport": transport.value, "what": "at the stand", **{key: told[key] for key in _COUNTS}}


_COUNTS: Final = ("taken", "confirmed", "waiting")


def _claim(number: int) -> IdentityClaim:
    surname = "".join("абвгдежзик"[int(digit)] for digit in str(number)).capitalize()
    names = (f"Проверяев-{surname}", "Иван", "Иванович")
    return IdentityClaim(*names, date(1990, 3, 12), Sex.MALE, snils=snils_of(100_000_000 + number))


def _bare(wanted: Wanted, transport: Transport, other: RunningStand, signer: SidecarSigner) -> dict[str, object]:
    """Send, take and confirm, one after the other, with nothing kept."""
    exchange: MessageExchange = other.by_adapter()
    if transport is Transport.DIRECT:
        exchange = other.directly(signer, SystemClock())
    messages = [question(claim=_claim(number % wanted.checks)) for number in range(wanted.bare)]
    started = time.perf_counter()
    for message in messages:
        sent(exchange, message)
    for _ in messages:
        answer: Received = received(exchange)
        exchange.acknowledge(answer.message_id, accepted=True)
    return {"what": "the bare line", **_speed(wanted.bare, started)}


def _ask_about(portal: Portal, checks: int) -> None:
    numbers: list[PersonId] = []
    for first in range(0, checks, _AT_ONCE):
        drafts = [_draft(_claim(number), number) for number in range(first, min(first + _AT_ONCE, checks))]
        with portal.database.begin() as connection:
            numbers += add_people(connection, drafts, portal.clock.now())
    for number, person in enumerate(numbers):
        portal.identity_checks.start(WantedCheck(person, _SNILS), _form(_claim(number)), actor="bench")


def _draft(claim: IdentityClaim, number: int) -> PersonDraft:
    names = {"surname": claim.surname, "given_name": claim.given_name, "middle_name": claim.middle_name}
    return PersonDraft(_CONTAINER, {**names, "login": f"checked{number}", "cn": claim.surname})


def _form(claim: IdentityClaim) -> dict[str, str]:
    return {
        "surname": claim.surname,
        "given_name": claim.given_name,
        "middle_name": claim.middle_name,
        "birth_date": "12.03.1990",
        "sex": "male",
        "snils": claim.snils,
    }


def _answered(wanted: Wanted, place: Stand, portal: Portal) -> dict[str, object]:
    """The process that asks does all of it; its memory is what it has at the end."""
    started = time.perf_counter()
    place.start(Spec("identity", [sys.executable, "-m", "jobs.identity"]))
    confirmed = 0
    while confirmed < wanted.checks:
        if time.perf_counter() - started > wanted.patience:
            raise StandError(f"only {confirmed} of {wanted.checks} were answered")
        time.sleep(0.1)
        confirmed = _confirmed(portal)
    pids = place.pids("identity")
    return {
        "what": "asked, answered, judged",
        **_speed(wanted.checks, started),
        "processor_ms_each": round(processor_ms(pids) / wanted.checks, 2),
        "memory_mb": round(memory_mb(pids), 1),
    }


def _confirmed(portal: Portal) -> int:
    query = select(func.count()).where(IdentityApplication.verdict == Verdict.CONFIRMED)
    with portal.database.read() as connection:
        found: int = connection.execute(query).scalar_one()
        return found


def _speed(count: int, started: float) -> dict[str, object]:
    seconds = time.perf_counter() - started
    return {"checks": count, "seconds": round(seconds, 2), "per_second": round(count / seconds, 1)}
