"""``klyuchnik stand``: small strict servers that speak a counterpart's protocol, and trying somebody else's."""

import os
import sys

import click

_PLAIN = {"ignore_unknown_options": True}


@click.group()
def stand() -> None:
    """Stands: counterparts to try the portal with, never for real data."""


@stand.command("smev", add_help_option=False, context_settings=_PLAIN)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def smev(arguments: tuple[str, ...]) -> None:
    """A stand of СМЭВ with a page: --port, --data, --book, --delay, --schemas."""
    _become("portal.stands.smev", arguments)


@stand.command("registers", add_help_option=False, context_settings=_PLAIN)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def registers(arguments: tuple[str, ...]) -> None:
    """Registers of devices with a page: --port, --data, --kind contract|secret_net|indeed."""
    _become("portal.stands.registers", arguments)


@stand.command("conform", add_help_option=False, context_settings=_PLAIN)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def conform(arguments: tuple[str, ...]) -> None:
    """Try a register at URL against the open contract: --client, --secret-file, --trust, --json."""
    _become("portal.stands.conform", arguments)


def _become(module: str, arguments: tuple[str, ...]) -> None:
    os.execv(sys.executable, [sys.executable, "-m", module, *arguments])  # noqa: S606 - ourselves
