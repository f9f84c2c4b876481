"""Orders that wait for a person, from the machine itself."""

import getpass
from collections.abc import Iterator, Sequence

import click

from portal.cli.console import Console, table
from portal.cli.options import with_console
from portal.services.approvals import Pending

ORDER = click.argument("order")


@click.group()
def approvals() -> None:
    """Orders of the built-in authority that wait for a yes or a no. ORDER is a number from the list."""


@approvals.command("list")
@with_console
def waiting(console: Console) -> None:
    """What waits, oldest first."""
    found = console.portal.approvals.waiting()
    console.show(found, lambda: _lines(found))


@approvals.command()
@ORDER
@click.option("--comment", default="", help="Goes into the audit log.")
@with_console
def approve(console: Console, order: str, comment: str) -> None:
    """Let the authority issue; the update goes on."""
    _decide(console, order, approve=True, comment=comment)


@approvals.command()
@ORDER
@click.option("--comment", required=True, help="Why; goes into the audit log, and whoever ordered reads it.")
@with_console
def refuse(console: Console, order: str, comment: str) -> None:
    """Refuse for good; the update goes back."""
    _decide(console, order, approve=False, comment=comment)


def _decide(console: Console, order: str, *, approve: bool, comment: str) -> None:
    """Whoever can run this can open the database; the audit log names his account on this machine."""
    actor = f"cli:{getpass.getuser()}"[:100]
    console.portal.approvals.decide(order, approve=approve, comment=comment, actor=actor)
    said = "approved" if approve else "refused"
    console.show({"order": order, "decision": said}, lambda: [f"{order} {said}"])


def _lines(found: Sequence[Pending]) -> Iterator[str]:
    if not found:
        yield "nothing waits"
    yield from table([_row(one) for one in found])


def _row(one: Pending) -> tuple[str, ...]:
    asked, order = one.request, one.order
    subject = ", ".join(f"{field}={value}" for field, value in asked.subject)
    where = (order.serial, order.holder) if order else ("-", "-")
    return (asked.order_id, f"{asked.asked_at:%Y-%m-%d %H:%M}", asked.template, subject, *where)
