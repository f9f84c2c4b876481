"""Bring a database to the newest schema; a database that is there already costs one query."""

from importlib.util import find_spec
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from portal.db.engine import make_engine


def upgrade(address: str) -> None:
    """Migrate to the newest revision, whoever else tries at the same time."""
    if current(address) != newest():
        command.upgrade(_config(address), "head")


def downgrade(address: str, revision: str) -> None:
    """Go back to an older revision; ``base`` removes every table."""
    command.downgrade(_config(address), revision)


def newest() -> str | None:
    """The newest revision this code knows."""
    return ScriptDirectory.from_config(_config("")).get_current_head()


def current(address: str) -> str | None:
    """The revision a database is at; None when it is empty."""
    engine = make_engine(address)
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()


def _config(address: str) -> Config:
    spec = find_spec("migrations")
    if spec is None or spec.origin is None:
        raise RuntimeError("the folder of migrations is not on the path")
    config = Config(attributes={"address": address})
    config.set_main_option("script_location", str(Path(spec.origin).parent))
    return config
