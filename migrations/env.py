"""What Alembic runs: migrate the database it is told of, or the one the settings name."""

import sqlite3
from contextlib import closing, suppress

from alembic import context

from portal.db.base import Base
from portal.db.models import Device  # noqa: F401  importing any table brings them all
from portal.db.transaction import Database
from portal.settings import Settings


def _address() -> str:
    given = context.config.attributes.get("address") or context.get_x_argument(as_dictionary=True).get("url")
    return str(given or Settings.from_env().database_url)


def _migrate() -> None:
    # one writing transaction for all of it: a migration that fails leaves nothing behind on either database
    with Database(_address()) as database:
        with database.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7046029254386353131)")
            context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=False)
            context.run_migrations()
        if context.config.attributes.get("compact") and database.engine.dialect.name == "sqlite":
            _compact(str(database.engine.url.database))


def _compact(file: str) -> None:
    """Write the pages anew, closely; where there is no room for it, or somebody reads on, they stay as they are."""
    with suppress(sqlite3.OperationalError), closing(sqlite3.connect(file)) as connection:
        connection.execute("VACUUM")


if context.is_offline_mode():
    context.configure(url=_address(), target_metadata=Base.metadata, literal_binds=True)
    context.run_migrations()
else:
    _migrate()
