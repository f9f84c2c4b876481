"""``klyuchnik sign-service``: the signing process, which must not carry the rest of the portal along."""

import os
import sys

import click


@click.command(
    "sign-service",
    add_help_option=False,
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def sign_service(arguments: tuple[str, ...]) -> None:
    """Sign СМЭВ messages with a GOST key: --socket, --key, --certificate, --trust."""
    os.execv(sys.executable, [sys.executable, "-m", "portal.sidecar", *arguments])  # noqa: S606 - ourselves
