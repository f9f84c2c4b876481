"""The audit log."""

from typing import Final

import click

from portal.cli.console import BROKEN, Console
from portal.cli.options import with_console
from portal.db.audit_chain import ChainReport, Fault


@click.group()
def audit() -> None:
    """The audit log."""


@audit.command()
@with_console
def verify(console: Console) -> None:
    """Check that no line was changed, removed or slipped in."""
    report = console.portal.audit_reading.check()
    console.show(report, lambda: [_told(report)])
    if not report.whole:
        click.get_current_context().exit(BROKEN)


def _told(report: ChainReport) -> str:
    held = f"{report.checked} lines hold"
    if report.fault is None:
        return held
    place = f", the line that belongs there is now line {report.found_at}" if report.found_at else ""
    return f"{held}; line {report.first_bad} does not: {_FAULTS[report.fault]}{place}"


_FAULTS: Final = {
    Fault.CHANGED: "it was changed",
    Fault.REMOVED: "it was removed",
    Fault.MOVED: "lines changed places",
    Fault.ADDED: "it was slipped in",
    Fault.CUT: "it and all after it were cut off",
}
