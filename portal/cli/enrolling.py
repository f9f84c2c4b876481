"""Programs of other people that may order certificates of the built-in authority."""

import click

from portal.cli.console import Console
from portal.cli.options import with_console

NAME = click.argument("name")


@click.group()
def enrolling() -> None:
    """Programs that may order of the built-in authority by EST or CMP (RFC 7030, RFC 4210), each with a password."""


@enrolling.command("list")
@with_console
def listed(console: Console) -> None:
    """Who may order what."""
    found = {name: sorted(templates) for name, templates in console.portal.enrolling_accounts.names().items()}
    console.show(found, lambda: [f"{name}: {', '.join(one)}" for name, one in sorted(found.items())] or ["nobody"])


@enrolling.command()
@NAME
@click.option("--template", "templates", multiple=True, required=True, help="What it may order; may be repeated.")
@click.option("--cmp", "messages", is_flag=True, help="It speaks CMP too: its password is kept, sealed by the vault.")
@with_console
def add(console: Console, name: str, templates: tuple[str, ...], *, messages: bool) -> None:
    """Let a program in, or give it other templates and a new password, which is shown once."""
    password = console.portal.enrolling_accounts.add(name, templates, messages=messages)
    console.show({"name": name, "password": password}, lambda: [f"{name}:{password}"])


@enrolling.command()
@NAME
@with_console
def remove(console: Console, name: str) -> None:
    """Shut a program out."""
    known = console.portal.enrolling_accounts.remove(name)
    said = "removed" if known else "was not let in"
    console.show({"name": name, "removed": known}, lambda: [f"{name} {said}"])
