"""The demonstration's data: a small enterprise with real tokens, and two thousand people and devices besides."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from sqlalchemy import Connection, select, update

from portal.bootstrap import Portal, build
from portal.connectors.token.child import run_in_child
from portal.db import schema, snapshots
from portal.db.models import Account
from portal.db.models import Person as PersonRow
from portal.domain.audit import AuditTag
from portal.domain.people import Person
from portal.ports.device_register import RegisterOrder
from portal.ports.token import Pin
from portal.seed.accounts import LOGINS, DemoLogin, make_accounts
from portal.seed.authority import common_material, done, set_up_authority
from portal.seed.cast import CAST, KUZNETSOV
from portal.seed.drafts import begin_drafts
from portal.seed.fleet import generate_fleet
from portal.seed.hand_rows import store_paper, store_real
from portal.seed.identity import confirmed_before, publish_qualified, qualified_devices
from portal.seed.paper_devices import paper_devices
from portal.seed.policies import REPORTS, SALES, WIFI, publish_all
from portal.seed.real_devices import RealDevice, far_device, real_devices
from portal.seed.soft_tokens import SO_PIN, USER_PIN, carry_away, new_token
from portal.seed.stage import Stage
from portal.seed.token_wishes import MadeToken
from portal.seed.workshop import prepare_tokens
from portal.services.audit import record
from portal.services.people import add_people
from portal.settings import Settings

#: People and devices besides those of the cast.
GENERATED: Final = 2000
_COMMONS: Final = ((WIFI, 1), (WIFI, 2), (REPORTS, 1))
_PATIENCE: Final = 120.0
#: Nobody must have it: its certificates wait for a person, so that there is something to approve.
_ASKS_APPROVER: Final = "mail-signature"


PIN_LINE: Final = DemoLogin("(PIN)", USER_PIN, "user PIN of every token")


def seed_demo(settings: Settings, *, generated: int = GENERATED) -> tuple[DemoLogin, ...]:
    """Make the data unless it is there; answers what to tell the person at the screen."""
    schema.upgrade(settings.database_url)
    portal = build(settings)
    with portal.database as database:
        with database.read() as connection:
            there = connection.execute(select(Account.id).limit(1)).first() is not None
        if not there:
            _seed(portal, generated)
    return (*LOGINS, PIN_LINE)


def _seed(portal: Portal, generated: int) -> None:
    set_up_authority(portal.settings)
    stage = _set_stage(portal)
    tokens = _prepared(portal.settings, (*real_devices(stage), *qualified_devices(), far_device(stage)))
    with portal.database.begin() as connection:
        for real, made in tokens:
            device = store_real(connection, stage, real, made)
            portal.so_pins.keep(connection, device, Pin(SO_PIN), stage.now)
        for paper in paper_devices(stage):
            store_paper(connection, stage, paper)
    for real, made in tokens:
        _register(portal, real, made)
    confirmed_before(portal, stage)
    generate_fleet(portal.database, people=generated, devices=generated, seed=2026, now=stage.now)
    portal.approvals.switch(_ASKS_APPROVER, manual=True, actor="demo")
    begin_drafts(portal, stage.policies.current(SALES).id)
    make_accounts(portal, stage.people)  # last: their presence says that the data is complete


def _set_stage(portal: Portal) -> Stage:
    now = portal.clock.now()
    materials = {place: common_material(portal.settings, *place) for place in _COMMONS}
    with portal.database.begin() as connection:
        people = _people(connection, portal)
        commons = {}
        for place, material in materials.items():
            commons[place] = portal.commons.add(connection, place[0], material, now - timedelta(days=600))
        published = publish_all(connection, commons, now)
        record(connection, AuditTag.SEEDED, actor="demo", subject="demo", now=now, people=len(CAST))
        stage = Stage(now, people, published, materials)
        publish_qualified(connection, stage)
    return stage


def _people(connection: Connection, portal: Portal) -> dict[str, Person]:
    drafts = [role.draft(number) for number, role in enumerate(CAST, 1)]
    numbers = add_people(connection, drafts, portal.clock.now() - timedelta(days=900))
    head = numbers[CAST.index(KUZNETSOV)]
    others = [number for number in numbers if number != head]
    connection.execute(update(PersonRow).where(PersonRow.id.in_(others)).values(manager_id=head))
    found = snapshots.people(connection, numbers)
    return {person.attribute("login"): person for person in found.values()}


def _prepared(settings: Settings, wanted: Sequence[RealDevice]) -> list[tuple[RealDevice, MadeToken]]:
    """Make the tokens and fill them in a child process: a PKCS#11 library is never loaded here."""
    wishes = [replace(one.wish, serial=new_token(settings, f"Ключ {one.label}"[:16])) for one in wanted]
    made = run_in_child(prepare_tokens, _PATIENCE, settings, wishes)
    for device, token in zip(wanted, made, strict=True):
        if device.away:
            carry_away(settings, token.serial)
    return list(zip(wanted, made, strict=True))


def _register(portal: Portal, real: RealDevice, made: MadeToken) -> None:
    for kind in sorted(real.registered):
        register = portal.registers.get(kind)
        if register is not None:
            done(register.register(RegisterOrder(f"demo-{made.serial}", made.serial, real.holder.login)))
