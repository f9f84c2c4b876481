"""Devices of the demonstration that are real tokens: each shows what an update is for."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from portal.domain.device import AppliedPolicy, DeviceState
from portal.domain.people import Person
from portal.domain.policy import Register
from portal.seed import cast, policies
from portal.seed.cast import Role
from portal.seed.policies import LOGON, MAIL_ENCRYPTION, MAIL_SIGNATURE, REPORTS, SIGNATURE, WIFI
from portal.seed.soft_tokens import USER_PIN
from portal.seed.stage import Stage
from portal.seed.token_wishes import CertificateWish, CommonWish, ForeignWish, TokenWish


@dataclass(frozen=True, slots=True)
class RealDevice:
    """A device whose token will be prepared; ``wish`` says what it carries, ``registered`` who knows of it.

    ``away``: its token is plugged into a workstation far from here.
    """

    label: str
    holder: Role
    comment: str
    wish: TokenWish
    applied: AppliedPolicy | None = None
    state: DeviceState = DeviceState.ISSUED
    registered: frozenset[Register] = frozenset()
    away: bool = False


_SECRET_NET: Final = frozenset({Register.SECRET_NET})


def real_devices(stage: Stage) -> tuple[RealDevice, ...]:
    """All of them; serial numbers come with the tokens."""
    return (
        _star(stage),
        _expired(stage),
        _revoked(stage),
        _moved(stage),
        _robbed(stage),
        *_quiet(stage),
        _renamed(stage),
    )


def _star(stage: Stage) -> RealDevice:
    """Everything at once: expiring, removed and new templates, an optional one, a common and a foreign certificate."""
    person = stage.person(cast.SMIRNOVA)
    certificates = (
        CertificateWish(LOGON, person, stage.in_days(9)),
        CertificateWish(MAIL_SIGNATURE, person, stage.in_days(210)),
    )
    wish = _carries(*certificates, foreign=(ForeignWish(person, stage.in_days(240)),))
    applied = stage.applied(policies.SALES, first=True)
    return RealDevice("Смирнова", cast.SMIRNOVA, "Основной ключ, отдел продаж", wish, applied)


def _expired(stage: Stage) -> RealDevice:
    """Expired, and with the common certificate before last."""
    person = stage.person(cast.SOKOLOVA)
    wish = _carries(CertificateWish(LOGON, person, stage.in_days(-3)), commons=(stage.common(WIFI, 1),))
    applied = stage.applied(policies.EMPLOYEES, first=True)
    return RealDevice("Соколова", cast.SOKOLOVA, "Была в отпуске", wish, applied)


def _revoked(stage: Stage) -> RealDevice:
    """A signature its authority revoked."""
    person = stage.person(cast.ORLOVA)
    signature = CertificateWish(SIGNATURE, person, stage.in_days(120), revoked=True)
    logon = CertificateWish(LOGON, person, stage.in_days(160))
    wish = _carries(logon, signature, commons=(stage.common(REPORTS, 1),))
    return RealDevice("Орлова", cast.ORLOVA, "Ключ главного бухгалтера", wish, stage.applied(policies.ACCOUNTING))


def _moved(stage: Stage) -> RealDevice:
    """Its holder moved to another unit: another policy, a common certificate too many and one too few."""
    person = stage.person(cast.NIKITIN)
    wish = _carries(CertificateWish(LOGON, person, stage.in_days(190)), commons=(stage.common(WIFI, 2),))
    return RealDevice("Никитин", cast.NIKITIN, "Переведён из кадров", wish, stage.applied(policies.EMPLOYEES))


def _robbed(stage: Stage) -> RealDevice:
    """Somebody deleted a certificate, and the register was never told."""
    person = stage.person(cast.ZHURAVLYOV)
    signature = CertificateWish(SIGNATURE, person, stage.in_days(200), taken_off=True)
    encryption = CertificateWish(MAIL_ENCRYPTION, person, stage.in_days(400))
    wish = _carries(CertificateWish(LOGON, person, stage.in_days(170)), signature, encryption)
    return RealDevice("Журавлёв", cast.ZHURAVLYOV, "Рабочее место регистрации", wish, stage.applied(policies.AUTHORITY))


def _quiet(stage: Stage) -> tuple[RealDevice, RealDevice]:
    """One that needs nothing, and one that is new and empty."""
    person = stage.person(cast.FYODOROV)
    wishes = ((LOGON, 220), (SIGNATURE, 230), (MAIL_ENCRYPTION, 500))
    wish = _carries(*(CertificateWish(template, person, stage.in_days(days)) for template, days in wishes))
    applied = stage.applied(policies.AUTHORITY)
    in_line = RealDevice("Фёдоров", cast.FYODOROV, "", wish, applied, registered=_SECRET_NET)
    empty = RealDevice("Ёлкина", cast.YOLKINA, "Новый ключ", _carries(), state=DeviceState.ASSIGNED)
    return in_line, empty


def _renamed(stage: Stage) -> RealDevice:
    """Its holder had another surname when the certificate was issued."""
    person = stage.person(cast.SHCHERBAKOVA)
    before = _with(person, {"surname": "Белова", "cn": "Белова Ольга Николаевна"})
    wish = _carries(CertificateWish(LOGON, before, stage.in_days(140)), commons=(stage.common(WIFI, 2),))
    return RealDevice("Щербакова", cast.SHCHERBAKOVA, "", wish, stage.applied(policies.EMPLOYEES))


def far_device(stage: Stage) -> RealDevice:
    """One in a branch, which only an agent can reach: expiring, and with the common certificate before last."""
    person = stage.person(cast.LEE)
    wish = _carries(CertificateWish(LOGON, person, stage.in_days(6)), commons=(stage.common(WIFI, 1),))
    applied = stage.applied(policies.EMPLOYEES)
    return RealDevice("Казань", cast.LEE, "Филиал в Казани, на рабочей станции", wish, applied, away=True)


def _carries(
    *certificates: CertificateWish, commons: tuple[CommonWish, ...] = (), foreign: tuple[ForeignWish, ...] = ()
) -> TokenWish:
    return TokenWish("", USER_PIN, certificates, commons, foreign)


def _with(person: Person, changed: Mapping[str, str]) -> Person:
    return replace(person, attributes={**person.attributes, **changed})
