"""Devices: the list and the card."""

from collections.abc import Iterator

import click

from portal.cli.console import Console, table
from portal.cli.options import with_console
from portal.db.queries.device_card import DeviceCard, device_card
from portal.db.queries.devices import DeviceFilter, list_devices
from portal.db.queries.views import DeviceRow
from portal.domain.device import DeviceState
from portal.domain.findings import UpdateReason
from portal.web.words.dates import day
from portal.web.words.findings import finding_sentence
from portal.web.words.steps import certificate_status

STATES = click.Choice([state.value for state in DeviceState])
REASONS = click.Choice([reason.value for reason in UpdateReason if reason.due])


@click.group()
def devices() -> None:
    """Devices: what they are and what they need."""


@devices.command("list")
@click.option("--state", type=STATES, help="Only devices in this state.")
@click.option("--reason", type=REASONS, help="Only devices due for this reason.")
@click.option("--due", is_flag=True, help="Only devices that need an update.")
@click.option("--search", default="", help="Words of the serial number, the label or the holder.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@with_console
def list_command(console: Console, *, state: str | None, reason: str | None, **more: str) -> None:
    """Devices in order of registration."""
    wanted = DeviceFilter(
        text=more["search"],
        state=DeviceState(state) if state else None,
        reason=UpdateReason(reason) if reason else None,
        due=bool(more["due"]),
    )
    with console.portal.database.read() as connection:
        page = list_devices(connection, wanted, size=int(more["limit"]))
    console.show(page.items, lambda: table([_line(row) for row in page.items]))


@devices.command()
@click.argument("device")
@with_console
def show(console: Console, device: str) -> None:
    """The card of DEVICE (its number or its serial number)."""
    number = console.device(device)
    with console.portal.database.read() as connection:
        card = device_card(connection, number, console.portal.clock.now())
    console.show(card, lambda: _card(card))


def _line(row: DeviceRow) -> tuple[str, ...]:
    need = ", ".join(reason.value for reason in row.reasons) or row.problem or "-"
    return str(row.id), row.serial, row.state.value, row.model, row.holder or "-", need


def _card(card: DeviceCard) -> Iterator[str]:
    row = card.row
    yield f"{row.model or row.type} {row.serial} ({row.state.value}), holder: {row.holder or 'nobody'}"
    yield f"policy: {card.acting.policy.name} v{card.acting.policy.version}" if card.acting else "policy: none"
    for finding in card.findings:
        yield f"! {finding_sentence(finding)}"
    for one in card.certificates:
        until = day(one.not_after) if one.not_after else "-"
        yield f"  {one.kind.value}  {one.name or one.subject}  until {until}  {certificate_status(one.status)}"
