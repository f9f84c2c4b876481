"""``klyuchnik``: the portal from the command line."""

from pathlib import Path

import click

from portal.cli.accounts import accounts
from portal.cli.agents import agents
from portal.cli.approvals import approvals
from portal.cli.audit import audit
from portal.cli.connectors import connectors
from portal.cli.console import Console
from portal.cli.data import migrate, seed
from portal.cli.devices import devices
from portal.cli.enrolling import enrolling
from portal.cli.reconciling import reconcile
from portal.cli.refusing import Refusing
from portal.cli.sign_service import sign_service
from portal.cli.stands import stand
from portal.cli.tokens import tokens
from portal.cli.updates import updates


@click.group(cls=Refusing, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
@click.option("--data", type=click.Path(path_type=Path), help="Folder of a demonstration, instead of the environment.")
@click.version_option(package_name="klyuchnik")
@click.pass_context
def main(ctx: click.Context, as_json: bool, data: Path | None) -> None:
    """Keep hardware tokens in step with their device usage policy.

    Exit codes: 0 done, 1 refused, 2 mistyped, 3 the update failed, 4 it waits, 5 it needs a person, 6 a check failed.
    """
    ctx.obj = Console(as_json, data)


for command in (
    migrate,
    seed,
    accounts,
    agents,
    devices,
    updates,
    approvals,
    enrolling,
    connectors,
    tokens,
    audit,
    reconcile,
    sign_service,
    stand,
):
    main.add_command(command)

if __name__ == "__main__":
    main()
