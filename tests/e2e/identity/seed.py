"""The data the identity checks begin with, made by real means. ``python -m tests.e2e.identity.seed LOGINS_FILE``."""

import sys
from pathlib import Path
from typing import Final

from portal.bootstrap import Portal, build
from portal.connectors.token.child import run_in_child
from portal.db import schema, snapshots
from portal.domain.permissions import Role
from portal.seed.authority import set_up_authority
from portal.seed.hand_rows import store_real
from portal.seed.policies import Published
from portal.seed.real_devices import RealDevice
from portal.seed.soft_tokens import USER_PIN, new_token
from portal.seed.stage import Stage
from portal.seed.token_wishes import TokenWish
from portal.seed.workshop import prepare_tokens
from portal.services.people import add_people
from portal.services.policies import assign, publish
from portal.settings import Settings
from portal.supervisor.logins import Login, write_logins
from tests.e2e.identity.seats import POLICY, SEATS, UNIT, Side

OPERATOR: Final = Login("operator", "identity-operator-2026", Role.OPERATOR.value)
EMPLOYEE: Final = "identity-employee-2026"


def make(settings: Settings) -> list[Login]:
    """People, their policy, new tokens, accounts."""
    schema.upgrade(settings.database_url)
    set_up_authority(settings)
    portal = build(settings)
    with portal.database:
        stage = _stage(portal)
        _tokens(portal, stage)
        return _accounts(portal, stage)


def _stage(portal: Portal) -> Stage:
    now = portal.clock.now()
    with portal.database.begin() as connection:
        drafts = [seat.role.draft(number) for number, seat in enumerate(SEATS, 1)]
        people = snapshots.people(connection, add_people(connection, drafts, now))
        policy = publish(connection, POLICY, actor="admin", now=now)
        assign(connection, policy.id, container=UNIT, groups=frozenset(), priority=50, now=now)
    by_login = {person.attribute("login"): person for person in people.values()}
    return Stage(now, by_login, Published({policy.name: (policy,)}), {})


def _tokens(portal: Portal, stage: Stage) -> None:
    labels = [seat.name for seat in SEATS]
    wishes = [TokenWish(new_token(portal.settings, label), USER_PIN) for label in labels]
    made = run_in_child(prepare_tokens, 300.0, portal.settings, wishes)
    with portal.database.begin() as connection:
        for seat, wish, token in zip(SEATS, wishes, made, strict=True):
            device = RealDevice(seat.name, seat.role, "", wish, stage.applied(POLICY.name))
            store_real(connection, stage, device, token)


def _accounts(portal: Portal, stage: Stage) -> list[Login]:
    holders = [Login(seat.role.login, EMPLOYEE, Role.EMPLOYEE.value) for seat in SEATS if seat.side is Side.OWN]
    for one in (OPERATOR, *holders):
        holder = stage.people.get(one.login)
        person = holder.id if holder else None
        portal.accounts.create(
            login=one.login, name=one.login, role=Role(one.role), password=one.password, person=person
        )
    return [OPERATOR, *holders]


if __name__ == "__main__":
    write_logins(Path(sys.argv[1]), make(Settings.from_env()))
