"""The data the triggers begin with, made by real means.

``python -m tests.e2e.triggers.seed LOGINS_FILE`` makes everything; ``… later SECONDS`` adds the tokens whose
certificates come to their moment in so long.
"""

import sys
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import select

from portal.bootstrap import Portal, build
from portal.connectors.token.child import run_in_child
from portal.db import schema, snapshots
from portal.db.models import Person as PersonRow
from portal.domain.permissions import Role
from portal.domain.policy import DeviceUsagePolicy
from portal.seed.authority import common_material, set_up_authority
from portal.seed.hand_rows import store_real
from portal.seed.policies import Published
from portal.seed.real_devices import RealDevice
from portal.seed.soft_tokens import USER_PIN, new_token
from portal.seed.stage import Stage
from portal.seed.token_wishes import CertificateWish, TokenWish
from portal.seed.workshop import prepare_tokens
from portal.services.people import add_people, ensure_units
from portal.services.policies import assign, publish
from portal.settings import Settings
from portal.supervisor.logins import Login, write_logins
from tests.e2e.triggers.seats import LATER, REPORTS, SEATS, TRIALS, WIFI, Seat, policies

ADMIN: Final = Login("admin", "trigger-admin-2026", Role.ADMINISTRATOR.value)
EMPLOYEE: Final = "trigger-employee-2026"


def make(settings: Settings) -> list[Login]:
    """People, policies, tokens with what the authority issued, accounts."""
    schema.upgrade(settings.database_url)
    set_up_authority(settings)
    portal = build(settings)
    with portal.database:
        stage = _stage(portal)
        _tokens(portal, stage, SEATS)
        return _accounts(portal, stage)


def add_later(settings: Settings, moment: timedelta) -> None:
    """The tokens whose certificates come to their moment in so long."""
    portal = build(settings)
    with portal.database:
        now = portal.clock.now() + moment
        with portal.database.read() as connection:
            people = snapshots.people(connection, list(connection.execute(select(PersonRow.id)).scalars()))
            given = [one.policy for one in snapshots.assignments(connection)]
        by_login = {person.attribute("login"): person for person in people.values()}
        _tokens(portal, Stage(now, by_login, _published(given), {}), LATER)


def _stage(portal: Portal) -> Stage:
    now = portal.clock.now()
    materials = {(name, 1): common_material(portal.settings, name, 1) for name in (WIFI, REPORTS)}
    everybody = (*SEATS, *LATER)
    with portal.database.begin() as connection:
        ensure_units(connection, [TRIALS])
        drafts = [seat.role.draft(number) for number, seat in enumerate(everybody, 1)]
        people = snapshots.people(connection, add_people(connection, drafts, now))
        commons = {name: portal.commons.add(connection, name, one, now) for (name, _), one in materials.items()}
        published = []
        for draft, unit in policies(commons):
            published.append(publish(connection, draft, actor="admin", now=now))
            assign(connection, published[-1].id, container=unit, priority=50, now=now)
    by_login = {person.attribute("login"): person for person in people.values()}
    return Stage(now, by_login, _published(published), materials)


def _published(policies: Iterable[DeviceUsagePolicy]) -> Published:
    return Published({policy.name: (policy,) for policy in policies})


def _tokens(portal: Portal, stage: Stage, seats: Iterable[Seat]) -> None:
    real = [_device(stage, seat) for seat in seats]
    wishes = [replace(one.wish, serial=new_token(portal.settings, one.label)) for one in real]
    made = run_in_child(prepare_tokens, 120.0, portal.settings, wishes)
    at = replace(stage, now=portal.clock.now())
    with portal.database.begin() as connection:
        for one, token in zip(real, made, strict=True):
            store_real(connection, at, one, token)


def _device(stage: Stage, seat: Seat) -> RealDevice:
    person = stage.person(seat.role)
    certificates = tuple(CertificateWish(one.template, person, stage.now + one.ends) for one in seat.carries)
    wish = TokenWish("", USER_PIN, certificates, tuple(stage.common(name, 1) for name in seat.commons))
    return RealDevice(seat.name, seat.role, "", wish, stage.applied(seat.policy))


def _accounts(portal: Portal, stage: Stage) -> list[Login]:
    employees = [Login(login, EMPLOYEE, Role.EMPLOYEE.value) for login in stage.people]
    for one in (ADMIN, *employees):
        holder = stage.people.get(one.login)
        person = holder.id if holder else None
        portal.accounts.create(
            login=one.login, name=one.login, role=Role(one.role), password=one.password, person=person
        )
    return [ADMIN, *employees]


if __name__ == "__main__":
    if sys.argv[1] == "later":
        add_later(Settings.from_env(), timedelta(seconds=float(sys.argv[2])))
    else:
        write_logins(Path(sys.argv[1]), make(Settings.from_env()))
