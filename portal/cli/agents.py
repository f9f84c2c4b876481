"""Workstations from the machine itself: codes, decisions, and what a web server in front needs."""

import getpass
import os
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import click

from portal.cli.console import Console, table
from portal.cli.options import with_console
from portal.db.queries.agents import AgentFilter, AgentRow, list_agents
from portal.domain.agent_tasks import AgentState
from portal.domain.ids import AgentId
from portal.services.agent_contacts import heard
from portal.web.front import SECRET_HEADER

NUMBER = click.argument("number", type=click.IntRange(1))
COMMENT = click.option("--comment", default="", help="Goes into the audit log.")


@click.group()
def agents() -> None:
    """Workstations and their one-time codes. NUMBER is one from the list."""


@agents.command("list")
@click.option("--state", type=click.Choice([state.value for state in AgentState]), help="Only those.")
@with_console
def listed(console: Console, state: str | None) -> None:
    """The newest of them."""
    portal = console.portal
    wanted = AgentFilter(AgentState(state) if state else None)
    with portal.database.read() as connection:
        found = list_agents(connection, wanted, portal.clock.now()).items
    found = heard(found, portal.agent_bell, portal.clock.now())
    console.show(found, lambda: _lines(found))


@agents.command()
@click.option("--comment", default="", help="What it is for.")
@click.option("--hours", type=click.IntRange(1, 24 * 30), default=24, show_default=True, help="How long it is good.")
@with_console
def code(console: Console, comment: str, hours: int) -> None:
    """Make a one-time code; it is printed once."""
    made = console.portal.agent_codes.make(by=_by(), comment=comment, life=timedelta(hours=hours))
    address = console.portal.settings.agents_address or "ADDRESS"
    console.show(made, lambda: [f"klyuchnik-agent enroll {address} --code {made.text}"])


@agents.command()
@NUMBER
@with_console
def accept(console: Console, number: int) -> None:
    """Let one in that waits."""
    console.portal.agents.accept(AgentId(number), by=_by())
    _tell(console, number, "accepted")


@agents.command()
@NUMBER
@COMMENT
@with_console
def deny(console: Console, number: int, comment: str) -> None:
    """Turn one away that waits."""
    console.portal.agents.deny(AgentId(number), by=_by(), comment=comment)
    _tell(console, number, "denied")


@agents.command()
@NUMBER
@COMMENT
@with_console
def revoke(console: Console, number: int, comment: str) -> None:
    """Shut one out for good."""
    console.portal.agents.revoke(AgentId(number), by=_by(), comment=comment)
    _tell(console, number, "revoked")


@agents.command()
@with_console
def fingerprint(console: Console) -> None:
    """By what workstations know this portal."""
    shown = console.portal.agent_authority.fingerprint()
    console.show({"fingerprint": shown}, lambda: [shown])


@agents.command("web-server-files")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@with_console
def web_server_files(console: Console, folder: Path) -> None:
    """Write what nginx needs to end the TLS of agents, for KLYUCHNIK_AGENTS_HOSTS, people and programs into FOLDER."""
    portal = console.portal
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    secret = f'proxy_set_header {SECRET_HEADER} "{portal.settings.front_secret()}";\n'
    _write(folder / "front.pem", portal.front_certificate.current())
    _write(folder / "authority.pem", portal.agent_authority.trust().authority.encode())
    _write(folder / "secret.conf", secret.encode())
    certificates = f'proxy_set_header {SECRET_HEADER} "{portal.settings.certificate_secret()}";\n'
    _write(folder / "sign-in.conf", certificates.encode())
    console.show({"folder": str(folder)}, lambda: [f"written to {folder}; repeat it twice a year and reload nginx"])


def _write(path: Path, content: bytes) -> None:
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)


def _by() -> str:
    return f"cli:{getpass.getuser()}"[:100]


def _tell(console: Console, number: int, said: str) -> None:
    console.show({"agent": number, "state": said}, lambda: [f"{number} {said}"])


def _lines(found: Sequence[AgentRow]) -> Iterator[str]:
    if not found:
        yield "no workstations"
    yield from table([_row(one) for one in found])


def _row(one: AgentRow) -> tuple[str, ...]:
    seen = f"{one.last_contact:%Y-%m-%d %H:%M}" if one.last_contact else "never"
    return str(one.id), one.state.value, one.name, one.person or "-", seen, one.version
