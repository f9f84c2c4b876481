"""Reconciliation: database, authorities and tokens held against one another."""

import getpass
import time
from collections.abc import Iterator, Sequence
from typing import Final

import click

from portal.bootstrap import Portal
from portal.cli.console import BROKEN, REFUSED, Console, table
from portal.cli.options import with_console
from portal.db.queries.drifts import DriftFilter, DriftRow, last_round, list_drifts
from portal.domain.drift import Decision, DriftState
from portal.domain.errors import Conflict, NotFound, PolicyForbids

#: Another process is at a piece of the round: it is waited for.
_PAUSE: Final = 0.2
_MOST: Final = 1000


@click.command()
@click.option("--ca", default="", help="Show and mend only what is about this authority.")
@click.option("--device", default="", help="Look at this device only: a number or a serial number.")
@click.option("--mend", is_flag=True, help="Do what is proposed about each finding.")
@with_console
def reconcile(console: Console, *, ca: str, device: str, mend: bool) -> None:
    """Hold database, authorities and tokens against one another. Exit code 1 while findings are open."""
    portal, number = console.portal, console.device(device) if device else None
    if ca and not _known(portal, ca):
        raise NotFound("connector", id=ca)
    if number is None:
        _look_at_everything(portal)
    else:
        portal.mending.looking.device(number)
    wanted = DriftFilter(ca=ca, device=number)
    if mend:
        _mend(portal, wanted)
    found, faults = _found(portal, wanted), {} if number is not None else _faults(portal)
    console.show({"findings": found, "unreachable": faults}, lambda: _lines(found, faults))
    if found or faults:
        click.get_current_context().exit(REFUSED if found else BROKEN)


def _known(portal: Portal, ca: str) -> bool:
    """Whether there is such an authority, or was one that findings are about."""
    return ca in portal.authorities.names() or bool(_found(portal, DriftFilter(ca=ca)))


def _look_at_everything(portal: Portal) -> None:
    try:
        number = portal.reconciliation.begin(actor=_actor())
    except Conflict:  # one is under way: it is gone on with
        number = 0
    while _under_way(portal, number):
        if portal.reconciliation.advance() is None:
            time.sleep(_PAUSE)


def _under_way(portal: Portal, number: int) -> bool:
    with portal.database.read() as connection:
        row = last_round(connection)
    return row is not None and bool(row.running) and number in {0, row.id}


def _mend(portal: Portal, wanted: DriftFilter) -> None:
    """What is owed then is paid at once, as far as the authorities answer."""
    for one in _found(portal, wanted):
        decision = portal.mending.propose(one.id)
        if one.state is DriftState.OPEN and decision is not Decision.LOOK:
            try:
                portal.mending.decide(one.id, decision, actor=_actor())
            except (Conflict, PolicyForbids) as error:
                click.echo(f"finding {one.id}: {error.code}", err=True)
    while portal.debts.settle():
        pass
    for one in _found(portal, wanted):
        portal.mending.looking.again(one.id)


def _found(portal: Portal, wanted: DriftFilter) -> tuple[DriftRow, ...]:
    with portal.database.read() as connection:
        return list_drifts(connection, wanted, size=_MOST).items


def _faults(portal: Portal) -> dict[str, str]:
    with portal.database.read() as connection:
        row = last_round(connection)
    return dict(row.faults) if row is not None else {}


def _lines(found: Sequence[DriftRow], faults: dict[str, str]) -> Iterator[str]:
    if not found:
        yield "no findings are open"
    yield from table([_row(one) for one in found])
    for ca, code in faults.items():
        yield f"{ca} could not be asked: {code}"


def _row(one: DriftRow) -> tuple[str, ...]:
    decided = one.decision.value if one.decision else ""
    return str(one.id), one.kind.value, one.state.value, one.ca, one.serial, one.device or "", one.name, decided


def _actor() -> str:
    return f"cli:{getpass.getuser()}"
