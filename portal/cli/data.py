"""The database: its schema and its demonstration data."""

import click

from portal.cli.console import Console
from portal.cli.options import with_console
from portal.db import schema


@click.command()
@with_console
def migrate(console: Console) -> None:
    """Bring the database to the newest schema."""
    schema.upgrade(console.portal.settings.database_url)
    revision = schema.current(console.portal.settings.database_url)
    console.show({"revision": revision}, lambda: [f"the database is at revision {revision}"])


@click.group()
def seed() -> None:
    """Fill an empty database."""


@seed.command()
@with_console
def demo(console: Console) -> None:
    """Make the people, devices and tokens of the demonstration."""
    from portal.seed.demo import seed_demo  # noqa: PLC0415  other commands need not load what makes the data

    schema.upgrade(console.portal.settings.database_url)
    logins = tuple(seed_demo(console.portal.settings))
    console.show(logins, lambda: [f"{one.login}  {one.password}  {one.role}" for one in logins])
