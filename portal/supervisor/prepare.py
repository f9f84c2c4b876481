"""Bring the schema up to date and, on the first start, make the demonstration's data.

    python -m portal.supervisor.prepare LOGINS_FILE PORT_OF_THE_STAND [HOW_MANY_BESIDES_THE_CAST [PORT_OF_REGISTERS]]

A process of its own, so that the memory it takes is given back before the portal starts.
"""

import sys
from pathlib import Path

from portal.db import schema
from portal.settings import Settings
from portal.supervisor.logins import Login, write_logins
from portal.supervisor.parts import SmevPlace, registers_folder


def main(logins: Path, stand: int, generated: int = 0, registers: int = 0) -> None:
    settings = Settings.from_env()
    schema.upgrade(settings.database_url)
    told = None if logins.exists() else _seed(settings, generated)
    _connect(settings, stand, registers)
    if told is not None:
        write_logins(logins, told)


def _connect(settings: Settings, stand: int, registers: int) -> None:
    from portal.bootstrap import build  # noqa: PLC0415  see below
    from portal.seed.identity import connect_to_stand, write_book  # noqa: PLC0415
    from portal.seed.registers import connect_registers  # noqa: PLC0415

    place = SmevPlace(settings)
    write_book(place.book)
    portal = build(settings)
    with portal.database:
        connect_to_stand(portal, stand, place.socket)
        if registers:
            connect_registers(portal, registers, registers_folder(settings))


def _seed(settings: Settings, generated: int) -> list[Login]:
    from portal.seed.demo import GENERATED, seed_demo  # noqa: PLC0415  later starts need not load what makes the data

    told = seed_demo(settings, generated=generated or GENERATED)
    return [Login(one.login, one.password, one.role) for one in told]


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:]))
