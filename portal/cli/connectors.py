"""Counterparts outside from the machine itself: how they answer, and trying one."""

import getpass
from collections.abc import Iterator, Sequence

import click
from sqlalchemy import select

from portal.bootstrap import Portal
from portal.cli.console import BROKEN, Console, table
from portal.cli.options import with_console
from portal.db.models import Connector
from portal.db.queries.connectors import ConnectorRow, connector_rows
from portal.domain.connector_kinds import ConnectorKind
from portal.domain.directory_sync import SyncState
from portal.domain.errors import NotFound
from portal.domain.ids import ConnectorId
from portal.ports.connectors import Trace
from portal.services.directory_sync import SyncView, SyncWish


@click.group()
def connectors() -> None:
    """Connectors to authorities and directories outside. NAME is one from the list."""


@connectors.command("list")
@with_console
def listed(console: Console) -> None:
    """All of them, and how they answer."""
    with console.portal.database.read() as connection:
        found = connector_rows(connection)
    console.show(found, lambda: _lines(found))


@connectors.command()
@click.argument("name")
@with_console
def check(console: Console, name: str) -> None:
    """Try one step by step; exit code 6 when a step goes wrong."""
    portal = console.portal
    trace = portal.connector_trial.try_it(_number(portal, name), actor=f"cli:{getpass.getuser()}"[:100])
    console.show(trace, lambda: _traced(trace))
    if not all(line.ok for line in trace):
        click.get_current_context().exit(BROKEN)


@connectors.command()
@click.argument("name")
@click.option("--dry-run", is_flag=True, help="Save nothing but the report.")
@click.option("--whole", is_flag=True, help="Read everybody, not only who changed.")
@click.option("--anyway", is_flag=True, help="However many are gone or disabled.")
@with_console
def sync(console: Console, name: str, *, dry_run: bool, whole: bool, anyway: bool) -> None:
    """Read a directory now and take over what changed; exit code 6 when it came to no good end."""
    portal = console.portal
    wish = SyncWish(dry=dry_run, whole=whole, anyway=anyway)
    actor = f"cli:{getpass.getuser()}"[:100]
    number = portal.directory_syncs.order(_directory(portal, name), wish, actor=actor)
    portal.directory_sync_work.carry(number)
    report = portal.directory_syncs.get(number)
    console.show(report, lambda: _synced(report))
    if report.state.over and report.state is not SyncState.DONE:
        click.get_current_context().exit(BROKEN)


def _synced(report: SyncView) -> Iterator[str]:
    yield f"{report.id} {report.state.value} {report.fault} {report.detail}".strip()
    yield f"read {report.seen}"
    for event, count in report.counts.items():
        if count:
            yield f"{event.value} {count}"


def _directory(portal: Portal, name: str) -> ConnectorId:
    number = _number(portal, name)
    known = portal.connector_watch.row(number)
    if known is not None and known.kind is not ConnectorKind.DIRECTORY_LDAP:
        raise click.BadParameter(f"{name} is no directory: {known.kind.value}", param_hint="NAME")
    return number


def _number(portal: Portal, name: str) -> ConnectorId:
    with portal.database.read() as connection:
        number = connection.execute(select(Connector.id).where(Connector.name == name)).scalar_one_or_none()
    if number is None:
        raise NotFound("connector", id=name)
    return ConnectorId(number)


def _lines(found: Sequence[ConnectorRow]) -> Iterator[str]:
    if not found:
        yield "no connectors"
    yield from table([_row(one) for one in found])


def _row(one: ConnectorRow) -> tuple[str, ...]:
    answered = f"{one.health.answered_at:%Y-%m-%d %H:%M}" if one.health.answered_at else "never"
    said = " ".join(part for part in (one.health.trouble, one.health.detail) if part)
    return one.name, one.kind.value, one.health.standing(one.state).value, answered, said


def _traced(trace: Trace) -> Iterator[str]:
    for line in trace:
        yield f"{'ok  ' if line.ok else 'FAIL'} {line.what.value}{': ' if line.detail else ''}{line.detail}"
