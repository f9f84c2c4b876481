"""The audit log."""

import click

from portal.cli.console import BROKEN, Console
from portal.cli.options import with_console


@click.group()
def audit() -> None:
    """The audit log."""


@audit.command()
@with_console
def verify(console: Console) -> None:
    """Check that no line was changed, removed or slipped in."""
    report = console.portal.audit.verify()
    text = f"{report.checked} lines hold" + ("" if report.whole else f"; line {report.first_bad} does not")
    console.show(report, lambda: [text])
    if not report.whole:
        click.get_current_context().exit(BROKEN)
