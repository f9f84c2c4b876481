"""What the command line says when it cannot do what was asked: words for people, the same as JSON for programs."""

import json
import logging
import sys
from collections.abc import Mapping
from typing import Any, NoReturn

import click
import structlog
from sqlalchemy.exc import DBAPIError

from portal.cli.console import REFUSED
from portal.domain.errors import InvalidInput, NotFound, PortalError
from portal.web.words.errors import Said, field_message, of_error


class Refusing(click.Group):
    """Refusals of the product end in words and an exit code instead of a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        _log_beside_the_answer()
        try:
            return super().invoke(ctx)
        except PortalError as error:
            _refuse(ctx, error.code, _said(error), error.data)
        except DBAPIError as error:
            _refuse(ctx, "database", _database_fails(error), {})
        except click.UsageError:
            raise  # click shows how the command is written
        except click.ClickException as error:
            _refuse(ctx, "refused", Said("problem", error.message), {})


def _refuse(ctx: click.Context, code: str, said: Said, data: Mapping[str, str]) -> NoReturn:
    if ctx.obj.as_json:
        told = {"code": code, "title": said.title, "text": said.text, "data": dict(data)}
        click.echo(json.dumps({"error": told}, ensure_ascii=False, indent=2))
    title = said.title.rstrip(".")
    click.echo(f"{title}. {said.text}".strip() if said.text else title, err=True)
    ctx.exit(REFUSED)


def _said(error: PortalError) -> Said:
    """In the words of the pages, but where these send people to a page."""
    if isinstance(error, InvalidInput):
        faults = "; ".join(f"{field}: {field_message(code)}" for field, code in error.fields.items())
        return Said("problem", faults, "Nothing was changed.")
    if isinstance(error, NotFound):
        named = " ".join(error.data.values())
        looked_for = f"There is no such record: {error.code.replace('_', ' ')} {named}".rstrip()
        return Said("problem", looked_for, "See klyuchnik devices list." if error.code == "device" else "")
    if error.code == "update_running" and (number := error.data.get("update")):
        by = error.data.get("by") or "somebody else"
        text = f"It is update {number}, started by {by}: klyuchnik updates show {number}"
        return Said("waiting", of_error(error).title, text)
    return of_error(error)


def _database_fails(error: DBAPIError) -> Said:
    text = (
        "Is it the right one (--data FOLDER of a demonstration, or KLYUCHNIK_DATABASE_URL)? "
        "A new one gets its tables by: klyuchnik migrate"
    )
    return Said("problem", f"The database cannot be used: {str(error.orig).strip()}", text)


def _log_beside_the_answer() -> None:
    """The answer alone is what a program reads from us; warnings go to standard error."""
    if not structlog.is_configured():
        structlog.configure(
            logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
            wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
            cache_logger_on_first_use=False,
        )
