"""``klyuchnik stand``: small strict servers that speak a counterpart's protocol."""

import os
import sys

import click


@click.group()
def stand() -> None:
    """Stands: counterparts to try the portal with, never for real data."""


@stand.command("smev", add_help_option=False, context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def smev(arguments: tuple[str, ...]) -> None:
    """A stand of СМЭВ with a page: --port, --data, --book, --delay, --schemas."""
    os.execv(sys.executable, [sys.executable, "-m", "portal.stands.smev", *arguments])  # noqa: S606 - ourselves
