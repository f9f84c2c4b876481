"""Whose tokens the triggers work on: five scenes, each with a unit, a policy and people of its own."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from portal.bootstrap import BUILTIN_CA
from portal.domain.certificate import KeyAlgorithm, Purpose, TemplateKey
from portal.domain.ids import PolicyId
from portal.domain.policy import (
    CertificateTemplate,
    CommonCertificate,
    DeviceUsagePolicy,
    SelfServiceRules,
    SubjectRecipe,
)
from portal.seed.cast import Role

ROOT: Final = "Завод"
DESIGN: Final = (ROOT, "Конструкторы")
SHOP: Final = (ROOT, "Цех")
LABORATORY: Final = (ROOT, "Лаборатория")
TRIALS: Final = (ROOT, "Испытания")
ARCHIVE: Final = (ROOT, "Архив")
STORE: Final = (ROOT, "Склад")
CLEARED: Final = "Допуск"

WIFI: Final = "Wi-Fi"
REPORTS: Final = "Отчётность"
WINDOW: Final = timedelta(days=30)


_EMAIL: Final = ("email", "{email}")


def _template(name: str, ca_template: str, purpose: Purpose, *alternative: tuple[str, str]) -> CertificateTemplate:
    return CertificateTemplate(
        key=TemplateKey(BUILTIN_CA, ca_template, purpose),
        name=name,
        algorithm=KeyAlgorithm.EC_P256,
        recipe=SubjectRecipe((("CN", "{cn}"), ("T", "{title}")), alternative),
        renewal_window=WINDOW,
        tracked_attributes=("title",),
    )


LOGON: Final = _template("Вход в домен", "domain-logon", Purpose.AUTHENTICATE, ("upn", "{upn}"))
VPN: Final = replace(_template("Удалённый доступ", "vpn", Purpose.AUTHENTICATE, _EMAIL), tracked_attributes=("email",))
SIGNATURE: Final = _template("Подпись документов", "signature", Purpose.SIGN)
MAIL: Final = replace(_template("Подпись почты", "mail-signature", Purpose.SIGN, _EMAIL), revoke_on_removal=True)
ENCRYPTION: Final = _template("Шифрование почты", "mail-encryption", Purpose.ENCRYPT, _EMAIL)


@dataclass(frozen=True, slots=True)
class Wish:
    """A certificate a token carries at the beginning; ``ends`` in so long."""

    template: CertificateTemplate
    ends: timedelta = timedelta(days=300)


@dataclass(frozen=True, slots=True)
class Seat:
    """A person, the policy of his unit, and what lies on his token."""

    role: Role
    policy: str
    carries: tuple[Wish, ...] = ()
    commons: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The surname, by which people and devices are found."""
        return self.role.surname


def _who(surname: str, given: str, middle: str, unit: tuple[str, ...], *groups: str) -> Role:
    return Role(surname, given, middle, unit, "Инженер", "10-01", groups)


_SOON: Final = timedelta(days=100)
_DESIGNER: Final = (Wish(LOGON, _SOON), Wish(VPN, _SOON), Wish(MAIL), Wish(ENCRYPTION, _SOON))

ABRAMOVA: Final = Seat(_who("Абрамова", "Анна", "Ильинична", DESIGN), DESIGN[-1], _DESIGNER)
BOYTSOV: Final = Seat(_who("Бойцов", "Борис", "Петрович", DESIGN), DESIGN[-1], _DESIGNER)
VOLKOV: Final = Seat(_who("Волков", "Виктор", "Ильич", SHOP), SHOP[-1], commons=(WIFI, REPORTS))
GUSEVA: Final = Seat(_who("Гусева", "Галина", "Петровна", SHOP), SHOP[-1], commons=(WIFI, REPORTS))
DROZDOVA: Final = Seat(_who("Дроздова", "Дарья", "Олеговна", LABORATORY), LABORATORY[-1], (Wish(LOGON), Wish(VPN)))
ERSHOV: Final = Seat(_who("Ершов", "Егор", "Юрьевич", LABORATORY), LABORATORY[-1], (Wish(LOGON), Wish(VPN)))
ZHUKOVA: Final = Seat(_who("Жукова", "Жанна", "Львовна", LABORATORY), LABORATORY[-1], (Wish(LOGON), Wish(VPN)))
ZIMIN: Final = Seat(_who("Зимин", "Захар", "Игоревич", LABORATORY, CLEARED), LABORATORY[-1], (Wish(LOGON), Wish(VPN)))
IVANOVA: Final = Seat(_who("Иванова", "Инна", "Андреевна", ARCHIVE), ARCHIVE[-1], (Wish(LOGON), Wish(VPN)))
KOZLOV: Final = Seat(_who("Козлов", "Кирилл", "Романович", ARCHIVE), ARCHIVE[-1], (Wish(LOGON), Wish(VPN)))
LEBEDEVA: Final = Seat(_who("Лебедева", "Лариса", "Борисовна", ARCHIVE), ARCHIVE[-1], (Wish(LOGON), Wish(VPN)))
OREKHOV: Final = Seat(_who("Орехов", "Олег", "Глебович", STORE), STORE[-1], (Wish(LOGON),))
PANOVA: Final = Seat(_who("Панова", "Полина", "Юрьевна", STORE), STORE[-1], (Wish(LOGON),))
RYBIN: Final = Seat(_who("Рыбин", "Роман", "Олегович", STORE), STORE[-1], (Wish(LOGON),))
#: Due from the beginning: his unit's policy wants a signature, too.
CHIZHOV: Final = Seat(_who("Чижов", "Чеслав", "Ильич", TRIALS), TRIALS[-1], (Wish(LOGON),))
#: Their tokens come later: what they carry comes to its moment while somebody looks.
SOBOLEVA: Final = Seat(_who("Соболева", "Софья", "Ильинична", STORE), STORE[-1], (Wish(LOGON, WINDOW),))
TITOV: Final = Seat(_who("Титов", "Тимур", "Андреевич", STORE), STORE[-1], (Wish(LOGON, timedelta()),))

SEATS: Final = (
    *(ABRAMOVA, BOYTSOV, VOLKOV, GUSEVA, DROZDOVA, ERSHOV, ZHUKOVA, ZIMIN),
    *(IVANOVA, KOZLOV, LEBEDEVA, OREKHOV, PANOVA, RYBIN, CHIZHOV),
)
LATER: Final = (SOBOLEVA, TITOV)
#: Become due by time or by the authority, whenever that is: never counted among what a page has caused.
BY_THEMSELVES: Final = frozenset({OREKHOV, PANOVA, RYBIN, *LATER})

_CHOOSES: Final = SelfServiceRules(choose_optional=True, choose_tracked=True)


def policies(commons: dict[str, CommonCertificate]) -> tuple[tuple[DeviceUsagePolicy, tuple[str, ...]], ...]:
    """Every policy with the unit it is given to."""
    return (
        (_policy(DESIGN[-1], LOGON, VPN, MAIL, ENCRYPTION), DESIGN),
        (replace(_policy(SHOP[-1]), commons=(commons[WIFI], commons[REPORTS]), self_service=_CHOOSES), SHOP),
        (_policy(LABORATORY[-1], LOGON, VPN), LABORATORY),
        (_policy(TRIALS[-1], LOGON, SIGNATURE), TRIALS),
        (replace(_policy(ARCHIVE[-1], LOGON, VPN), self_service=_CHOOSES), ARCHIVE),
        (_policy(STORE[-1], LOGON), STORE),
    )


def _policy(name: str, *templates: CertificateTemplate) -> DeviceUsagePolicy:
    return DeviceUsagePolicy(PolicyId(0), 0, name, templates)
