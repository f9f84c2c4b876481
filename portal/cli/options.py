"""Options several commands take."""

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any

import click

from portal.cli.console import Console


def with_console(command: Callable[..., Any]) -> Callable[..., Any]:
    """Hand the console over, and take ``--json`` after the command as well as before it."""

    @click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
    @click.pass_context
    @wraps(command)
    def run(ctx: click.Context, /, *args: Any, as_json: bool, **kwargs: Any) -> Any:
        console: Console = replace(ctx.obj, as_json=ctx.obj.as_json or as_json)
        ctx.find_root().obj = console  # who words a refusal asks there
        return command(console, *args, **kwargs)

    return run
