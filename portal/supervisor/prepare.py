"""Bring the schema up to date and, on the first start, make the demonstration's data.

    python -m portal.supervisor.prepare LOGINS_FILE

A process of its own, so that the memory it takes is given back before the portal starts.
"""

import sys
from pathlib import Path

from portal.db import schema
from portal.settings import Settings
from portal.supervisor.logins import Login, write_logins


def main(logins: Path) -> None:
    settings = Settings.from_env()
    schema.upgrade(settings.database_url)
    if not logins.exists():
        write_logins(logins, _seed(settings))


def _seed(settings: Settings) -> list[Login]:
    from portal.seed.demo import seed_demo  # noqa: PLC0415  later starts need not load what makes the data

    return [Login(one.login, one.password, one.role) for one in seed_demo(settings)]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
