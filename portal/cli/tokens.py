"""Tokens plugged into this machine, looked at in a process of its own each time."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

from portal.cli.console import Console, read_secret, table
from portal.cli.options import with_console
from portal.cli.reading import read_signed_in
from portal.connectors.token.child import ChildError, run_in_child
from portal.connectors.token.scan import scan
from portal.domain.contents import TokenContents, TokenSighting
from portal.domain.troubles import Why
from portal.web.words.dates import day
from portal.web.words.troubles import explain

PATIENCE: Final = 30.0


@click.group()
def tokens() -> None:
    """Tokens plugged into this machine."""


@tokens.command("list")
@with_console
def list_command(console: Console) -> None:
    """Every token that is plugged in."""
    found = _look(console)
    rows = [(one.serial, one.label, one.model, one.tries.value, one.trouble or "-") for one in found]
    console.show(found, lambda: table(rows))


@tokens.command()
@click.argument("serial")
@click.option("--pin-stdin", is_flag=True, help="Sign in with the PIN read from standard input; private keys are seen.")
@with_console
def read(console: Console, serial: str, *, pin_stdin: bool) -> None:
    """What is on the token with this SERIAL."""
    contents = _signed_in(console, serial) if pin_stdin else _public(console, serial)
    console.show(contents, lambda: _lines(contents))


def _look(console: Console) -> tuple[TokenSighting, ...]:
    return tuple(one for module in _modules(console) for one in _scan(module, console))


def _scan(module: Path, console: Console) -> tuple[TokenSighting, ...]:
    try:
        return run_in_child(scan, PATIENCE, str(module), console.portal.reader)
    except ChildError as error:
        raise click.ClickException(f"{module}: {error}") from None


def _public(console: Console, serial: str) -> TokenContents:
    for one in _look(console):
        if one.serial == serial and one.contents is not None:
            return one.contents
    raise click.ClickException(f"no token {serial} is plugged in, or it cannot be read")


def _signed_in(console: Console, serial: str) -> TokenContents:
    modules = tuple(map(str, _modules(console)))
    try:
        found = run_in_child(read_signed_in, PATIENCE, modules, serial, read_secret(asked=False))
    except ChildError as error:
        raise click.ClickException(str(error)) from None
    if isinstance(found, Why):
        said = explain(found)
        raise click.ClickException(f"{said.title}. {said.reason} {said.next_step}".rstrip())
    return found


def _modules(console: Console) -> tuple[Path, ...]:
    return console.portal.settings.pkcs11_modules


def _lines(contents: TokenContents) -> Iterator[str]:
    for one in contents.certificates:
        yield f"certificate  {one.key_id}  {one.subject}  until {day(one.not_after)}{'' if one.has_key else '  no key'}"
    for key in contents.keys:
        yield f"key  {key.key_id}  {key.algorithm}  {key.label}"
