"""People of the demonstration about whom registers of the state are asked: one for each way it may end.

What they claim was confirmed before, longer ago than their policy accepts; the stand's book says what is known now.
"""

import json
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, insert

from portal.bootstrap import Portal
from portal.db.models import IdentityApplication, IdentityQuestion
from portal.domain.device import DeviceState
from portal.domain.exchange_settings import ExchangeSettings, Transport
from portal.domain.identity import IdentityClaim, Passport, Sex
from portal.domain.identity_check import CheckState, IdentityRules, IdentityService, Verdict
from portal.domain.ids import PolicyId
from portal.domain.policy import DeviceUsagePolicy
from portal.seed import cast, organization
from portal.seed.cast import Role
from portal.seed.policies import SIGNATURE
from portal.seed.real_devices import RealDevice
from portal.seed.soft_tokens import USER_PIN
from portal.seed.stage import Stage
from portal.seed.token_wishes import TokenWish
from portal.services.identity_rows import seal_claim
from portal.services.policies import assign, publish

QUALIFIED: Final = "Квалифицированная подпись"
_ASKED: Final = frozenset({IdentityService.PASSPORT, IdentityService.SNILS})
#: Longer ago than a confirmation holds.
_BEFORE: Final = timedelta(days=45)
_BY_THE_STAND: Final = "KLYUCHNIK"


@dataclass(frozen=True, slots=True)
class Citizen:
    """A person with documents; ``otherwise`` is what registers know of him now, ``ending`` how they answer."""

    role: Role
    sex: Sex
    born: date
    passport: Passport
    snils: str
    comment: str
    otherwise: tuple[tuple[str, str], ...] = ()
    ending: str = ""

    @property
    def claim(self) -> IdentityClaim:
        names = (self.role.surname, self.role.given, self.role.middle)
        return IdentityClaim(*names, self.born, self.sex, "г. Москва", passport=self.passport, snils=self.snils)


def _passport(number: str, issued_on: date) -> Passport:
    return Passport("4515", number, issued_on, "770042", "ГУ МВД России по г. Москве")


CITIZENS: Final = (
    Citizen(
        *(cast.BELOZYOROVA, Sex.FEMALE, date(1988, 5, 17), _passport("310427", date(2015, 6, 2)), "15634872186"),
        "Реестры подтвердят",
    ),
    Citizen(
        *(cast.GROMOV, Sex.MALE, date(1979, 11, 3), _passport("528816", date(2014, 12, 9)), "08215467359"),
        "Паспорт недействителен",
        otherwise=(("reason", "609"),),
    ),
    Citizen(
        *(cast.ZIMIN, Sex.MALE, date(1992, 2, 28), _passport("704193", date(2016, 3, 21)), "17290356475"),
        "СНИЛС не найдётся",
        otherwise=(("snils", ""),),
    ),
    Citizen(
        *(cast.KOTOVA, Sex.FEMALE, date(1995, 8, 9), _passport("996045", date(2015, 9, 1)), "11806523943"),
        "Ответа нет, пока его не отпустят на стенде",
        ending="held",
    ),
)


def publish_qualified(connection: Connection, stage: Stage) -> None:
    """A policy that asks registers, for those who may sign for the enterprise."""
    template = replace(SIGNATURE, name=QUALIFIED, qualified=True)
    draft = DeviceUsagePolicy(PolicyId(0), 0, QUALIFIED, (template,), identity=IdentityRules(ask=True, checks=_ASKED))
    policy = publish(connection, draft, actor="admin", now=stage.in_days(-30))
    groups = frozenset({organization.QUALIFIED})
    assign(connection, policy.id, container=(organization.ROOT,), groups=groups, priority=5, now=stage.in_days(-30))


def qualified_devices() -> tuple[RealDevice, ...]:
    """New tokens for all of them."""
    empty, state = TokenWish("", USER_PIN), DeviceState.ASSIGNED
    return tuple(RealDevice(one.role.surname, one.role, one.comment, empty, state=state) for one in CITIZENS)


def confirmed_before(portal: Portal, stage: Stage) -> None:
    """What was claimed last time: their forms are filled with it."""
    with portal.database.begin() as connection:
        for one in CITIZENS:
            _confirm(connection, portal, stage, one)


def _confirm(connection: Connection, portal: Portal, stage: Stage, one: Citizen) -> None:
    person, then = stage.person(one.role).id, stage.now - _BEFORE
    values = {
        "person_id": person,
        "services": sorted(_ASKED),
        "sealed": seal_claim(portal.vault, one.claim, person),
        "verdict": Verdict.CONFIRMED,
        "ordered_by": "operator",
        "created_at": then,
        "decided_at": then + timedelta(minutes=7),
    }
    number = connection.execute(
        insert(IdentityApplication).values(values).returning(IdentityApplication.id)
    ).scalar_one()
    answered = {"state": CheckState.CONFIRMED, "wake_at": then, "sent_at": then, "answered_at": values["decided_at"]}
    rows = [{"application_id": number, "service": service, **answered} for service in sorted(_ASKED)]
    connection.execute(insert(IdentityQuestion), rows)


# ── the stand ─────────────────────────────────────────────────────────────────


def write_book(path: Path) -> None:
    """Whom the registers of the stand know, and how they answer."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    entries = [_entry(one) for one in CITIZENS]
    entries += [{"who": one.role.surname, "ending": one.ending} for one in CITIZENS if one.ending]
    path.write_text(json.dumps(entries, ensure_ascii=False, indent=1))


def _entry(one: Citizen) -> dict[str, str]:
    claim, passport = one.claim, asdict(one.passport)
    return {
        "surname": claim.surname,
        "given_name": claim.given_name,
        "middle_name": claim.middle_name,
        "birth_date": one.born.isoformat(),
        "sex": one.sex.value,
        "series": passport["series"],
        "number": passport["number"],
        "issued_on": one.passport.issued_on.isoformat(),
        "department": passport["department_code"],
        "issuer": passport["issuer"],
        "snils": one.snils,
    } | dict(one.otherwise)


def connect_to_stand(portal: Portal, port: int, signer: Path) -> None:
    """Let the portal ask the stand, unless somebody has connected it to something else."""
    settings, version = portal.exchange.settings()
    if settings is not None and settings.system != _BY_THE_STAND:
        return
    wanted = ExchangeSettings(
        Transport.DIRECT,
        f"http://127.0.0.1:{port}/smev/v1.3/ws",
        system=_BY_THE_STAND,
        signer=str(signer),
        name="АО «Ключ»",
        inn="9900000017",
        ogrn="1029900000019",
        routing="DEV",
        test=True,
    )
    if settings != wanted:
        portal.exchange.save(wanted, version=version, actor="demo")
