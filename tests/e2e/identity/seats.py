"""Who gets a qualified certificate here: one person with a new token for each ending on each side."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum, unique
from typing import Final

from portal.bootstrap import BUILTIN_CA
from portal.domain.certificate import KeyAlgorithm, Purpose, TemplateKey
from portal.domain.identity import IdentityClaim, Passport, Sex
from portal.domain.identity_check import IdentityRules, IdentityService
from portal.domain.ids import PolicyId
from portal.domain.policy import CertificateTemplate, DeviceUsagePolicy, SubjectRecipe
from portal.seed.cast import Role
from tests.support.citizens import snils_of

UNIT: Final = ("Ключ", "Бухгалтерия")
TEMPLATE: Final = CertificateTemplate(
    key=TemplateKey(BUILTIN_CA, "signature", Purpose.SIGN),
    name="Квалифицированная подпись",
    algorithm=KeyAlgorithm.EC_P256,
    recipe=SubjectRecipe((("CN", "{cn}"),)),
    renewal_window=timedelta(days=30),
    qualified=True,
)
CHECKS: Final = frozenset({IdentityService.PASSPORT, IdentityService.SNILS})
POLICY: Final = DeviceUsagePolicy(
    PolicyId(0), 0, "Квалифицированная подпись", (TEMPLATE,), identity=IdentityRules(ask=True, checks=CHECKS)
)


@unique
class Side(StrEnum):
    """Where the update is made: by an operator in the console, or by the holder in self-service."""

    ADMIN = "admin"
    OWN = "my"


@dataclass(frozen=True, slots=True)
class Seat:
    """A person, his documents, and who updates his token."""

    role: Role
    number: int
    side: Side

    @property
    def name(self) -> str:
        """The surname, by which registers, people and tokens are found."""
        return self.role.surname

    @property
    def claim(self) -> IdentityClaim:
        """What stands in his documents."""
        passport = Passport("4515", f"{310000 + self.number}", date(2015, 6, 2), "770042", "ГУ МВД России по г. Москве")
        names = (self.role.surname, self.role.given, self.role.middle)
        snils = snils_of(156_348_700 + self.number)
        return IdentityClaim(*names, date(1988, 5, 17), Sex.FEMALE, "г. Москва", passport=passport, snils=snils)


def _seats(side: Side, first: int, *names: tuple[str, str, str]) -> tuple[Seat, ...]:
    people = [Role(*name, UNIT, "Бухгалтер", "10-01") for name in names]
    return tuple(Seat(role, number, side) for number, role in enumerate(people, first))


_CONSOLE: Final = _seats(
    Side.ADMIN,
    1,
    ("Абрамова", "Анна", "Ильинична"),
    ("Гусева", "Галина", "Петровна"),
    ("Жукова", "Жанна", "Львовна"),
    ("Ёлкина", "Алёна", "Юрьевна"),
)
_OWN: Final = _seats(
    Side.OWN,
    11,
    ("Иванова", "Инна", "Андреевна"),
    ("Лебедева", "Лариса", "Борисовна"),
    ("Панова", "Полина", "Юрьевна"),
    ("Соболева", "Софья", "Ильинична"),
)
(DIRECT,) = _seats(Side.ADMIN, 21, ("Фёдорова", "Фаина", "Олеговна"))
#: By ending, on both sides.
CONFIRMED: Final = (_CONSOLE[0], _OWN[0])
REFUTED: Final = (_CONSOLE[1], _OWN[1])
NOT_FOUND: Final = (_CONSOLE[2], _OWN[2])
SILENT: Final = (_CONSOLE[3], _OWN[3])
SEATS: Final = (*_CONSOLE, *_OWN, DIRECT)


def mistyped(claim: IdentityClaim) -> IdentityClaim:
    """With two digits of the passport the other way round."""
    assert claim.passport is not None
    return replace(claim, passport=replace(claim.passport, number="301111"))
