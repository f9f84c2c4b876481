"""Updates: the plan, the run, and what a person does to it."""

import getpass
from collections.abc import Iterable, Iterator
from dataclasses import replace

import click

from portal.cli.console import Console, read_secret
from portal.cli.following import follow_to_the_end, report
from portal.cli.options import with_console
from portal.db.queries.update_progress import update_progress
from portal.domain.ids import UpdateId
from portal.domain.outcomes import WaitingFor
from portal.domain.plan_items import Choices, PlanItem, UpdatePlan
from portal.ports.token import Pin
from portal.services.planning import Considered
from portal.services.update_requests import check_pin
from portal.web.words.findings import finding_sentence
from portal.web.words.plan import item_sentence, item_why, problem_sentence

DEVICE = click.argument("device")
UPDATE = click.argument("update", type=click.IntRange(1))
OPTIONAL = click.option(
    "--optional", "names", multiple=True, metavar="NAME", help="Choose this optional certificate; repeatable."
)
FOLLOW = click.option("--follow", is_flag=True, help="Show each step and wait for the end.")
PIN = click.option("--pin-stdin", is_flag=True, help="Read the PIN from standard input; otherwise it is asked for.")


@click.group()
def updates() -> None:
    """Updates of devices. DEVICE is a number or a serial number."""


@updates.command()
@DEVICE
@OPTIONAL
@with_console
def plan(console: Console, device: str, names: tuple[str, ...]) -> None:
    """Why DEVICE needs an update, and exactly what would change."""
    found = _considered(console, device, names)
    console.show({"findings": found.findings, "plan": found.plan}, lambda: _lines(found))


@updates.command()
@DEVICE
@PIN
@OPTIONAL
@FOLLOW
@with_console
def run(console: Console, device: str, *, pin_stdin: bool, names: tuple[str, ...], follow: bool) -> None:
    """Update DEVICE as planned now."""
    found = _considered(console, device, names)
    pin = Pin(read_secret(asked=not pin_stdin))
    check_pin(console.portal.tickets, found.device.serial, pin)  # before anything is ordered
    doing = console.portal.updates
    number = doing.order(found.device.id, found.plan.choices, found.plan.content_hash, actor=_actor())
    doing.enter_pin(number, pin, actor=_actor())
    _tell(console, number, follow=follow)


@updates.command()
@UPDATE
@click.option(
    "--pin-stdin", is_flag=True, help="Enter the PIN again, from standard input; asked for when it is needed."
)
@FOLLOW
@with_console
def resume(console: Console, update: int, *, pin_stdin: bool, follow: bool) -> None:
    """Let a waiting UPDATE go on."""
    number = UpdateId(update)
    if pin_stdin or _waits_for_pin(console, number):
        console.portal.updates.enter_pin(number, Pin(read_secret(asked=not pin_stdin)), actor=_actor())
    else:
        console.portal.updates.resume(number)
    _tell(console, number, follow=follow)


@updates.command()
@UPDATE
@click.option("--happened/--absent", required=True, help="Whether the step in doubt took effect.")
@click.option("--comment", required=True, help="How you know; goes into the audit log.")
@FOLLOW
@with_console
def settle(console: Console, update: int, *, happened: bool, comment: str, follow: bool) -> None:
    """Say what became of the step an UPDATE is stuck at."""
    console.portal.updates.settle(UpdateId(update), happened, comment, actor=_actor())
    _tell(console, UpdateId(update), follow=follow)


@updates.command("give-up")
@UPDATE
@click.option("--comment", required=True, help="Why; goes into the audit log.")
@FOLLOW
@with_console
def give_up(console: Console, update: int, *, comment: str, follow: bool) -> None:
    """End a stuck UPDATE as failed: undo what can be undone, write down the rest."""
    console.portal.updates.give_up(UpdateId(update), comment, actor=_actor())
    _tell(console, UpdateId(update), follow=follow)


@updates.command()
@UPDATE
@click.option("--leave-behind", is_flag=True, help="It goes back already: leave what it cannot take off the token.")
@FOLLOW
@with_console
def cancel(console: Console, update: int, *, leave_behind: bool, follow: bool) -> None:
    """Stop UPDATE between two steps and undo what its item began."""
    console.portal.updates.cancel(UpdateId(update), actor=_actor(), leave_behind=leave_behind)
    _tell(console, UpdateId(update), follow=follow)


@updates.command()
@UPDATE
@with_console
def show(console: Console, update: int) -> None:
    """Where UPDATE stands, step by step."""
    report(console, UpdateId(update))


def _waits_for_pin(console: Console, number: UpdateId) -> bool:
    with console.portal.database.read() as connection:
        return update_progress(connection, number).update.waiting_for is WaitingFor.PIN


def _considered(console: Console, device: str, names: tuple[str, ...]) -> Considered:
    number = console.device(device)
    found = console.portal.updates.plan(number, Choices())
    return console.portal.updates.plan(number, _chosen(found.plan, names)) if names else found


def _chosen(plan: UpdatePlan, names: Iterable[str]) -> Choices:
    wanted, offered = set(names), [item for item in plan.items if item.optional]
    unknown = wanted - {item.name for item in offered}
    if unknown:
        known = ", ".join(item.name for item in offered) or "none"
        message = f"not offered: {', '.join(sorted(unknown))} (offered: {known})"
        raise click.BadParameter(message, param_hint="--optional")
    chosen = [item for item in offered if item.selected or item.name in wanted]
    templates = frozenset(item.template for item in chosen if item.template is not None)
    commons = frozenset(item.common for item in chosen if item.common)
    return replace(plan.choices, optional=templates, optional_commons=commons)


def _lines(found: Considered) -> Iterator[str]:
    for finding in found.findings:
        yield f"! {finding_sentence(finding)}"
    yield from (_item(item) for item in found.plan.items)
    yield from (f"? {problem_sentence(problem)}" for problem in found.plan.problems)


def _item(item: PlanItem) -> str:
    reason = item_why(item)
    return f"{'  ' if item.quiet else '> '}{item_sentence(item)}" + (f"  ({reason})" if reason else "")


def _tell(console: Console, number: UpdateId, *, follow: bool) -> None:
    if follow:
        follow_to_the_end(console, number)
    else:
        console.show({"update": number}, lambda: [f"update {number}"])


def _actor() -> str:
    return f"cli:{getpass.getuser()}"
