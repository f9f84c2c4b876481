"""The five policies of the demonstration, and whom they are given to."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from portal.bootstrap import BUILTIN_CA
from portal.domain.certificate import KeyAlgorithm, Purpose, TemplateKey
from portal.domain.ids import PolicyId
from portal.domain.policy import (
    CertificateTemplate,
    CommonCertificate,
    DeviceUsagePolicy,
    Register,
    SelfServiceRules,
    SubjectRecipe,
)
from portal.seed import organization
from portal.services.policies import assign, publish

WIFI: Final = "Wi-Fi офиса"
REPORTS: Final = "Сдача отчётности"

_NAMES: Final = (
    ("C", "{country}"),
    ("O", "{organization}"),
    ("OU", "{department}"),
    ("T", "{title}"),
    ("SN", "{surname}"),
    ("GN", "{given_name} {middle_name}"),
    ("CN", "{cn}"),
)


def _template(
    name: str, ca_template: str, purpose: Purpose, *, days: int = 30, alternative: tuple[tuple[str, str], ...] = ()
) -> CertificateTemplate:
    return CertificateTemplate(
        key=TemplateKey(BUILTIN_CA, ca_template, purpose),
        name=name,
        algorithm=KeyAlgorithm.RSA_2048,
        recipe=SubjectRecipe(_NAMES, alternative),
        renewal_window=timedelta(days=days),
        tracked_attributes=("surname", "email"),
    )


_EMAIL: Final = (("email", "{email}"),)
LOGON: Final = replace(
    _template("Вход в домен", "domain-logon", Purpose.AUTHENTICATE, alternative=(("upn", "{upn}"),)),
    tracked_attributes=("surname", "upn"),
    revoke_on_removal=True,
)
VPN: Final = replace(
    _template("Удалённый доступ", "vpn", Purpose.AUTHENTICATE, days=14), algorithm=KeyAlgorithm.EC_P256
)
SIGNATURE: Final = replace(
    _template("Подпись документов", "signature", Purpose.SIGN, alternative=_EMAIL),
    tracked_attributes=("surname", "given_name", "title"),
    revoke_on_removal=True,
)
MAIL_SIGNATURE: Final = _template("Подпись почты", "mail-signature", Purpose.SIGN, alternative=_EMAIL)
MAIL_ENCRYPTION: Final = _template("Шифрование почты", "mail-encryption", Purpose.ENCRYPT, days=45, alternative=_EMAIL)

EMPLOYEES: Final = "Сотрудники"
AUTHORITY: Final = "Удостоверяющий центр"
SALES: Final = "Продажи и удалённая работа"
HEAD: Final = "Руководство"
ACCOUNTING: Final = "Бухгалтерия"

Commons = Mapping[tuple[str, int], CommonCertificate]


@dataclass(frozen=True, slots=True)
class Published:
    """Every published version by policy name, in order."""

    versions: dict[str, tuple[DeviceUsagePolicy, ...]]

    def current(self, name: str) -> DeviceUsagePolicy:
        return self.versions[name][-1]

    def first(self, name: str) -> DeviceUsagePolicy:
        return self.versions[name][0]

    def all_current(self) -> tuple[DeviceUsagePolicy, ...]:
        return tuple(versions[-1] for versions in self.versions.values())


def publish_all(connection: Connection, commons: Commons, now: datetime) -> Published:
    """Publish the policies as they became, and give them to the units."""
    versions: dict[str, list[DeviceUsagePolicy]] = {}
    for days, draft in _drafts(commons):
        made = publish(connection, draft, actor="admin", now=now - timedelta(days=days))
        versions.setdefault(draft.name, []).append(made)
    published = Published({name: tuple(made) for name, made in versions.items()})
    _assign_all(connection, published, now)
    return published


def no_commons() -> Commons:
    """Common certificates as policies name them, for fleets whose tokens exist on paper only."""
    places = ((WIFI, 1), (WIFI, 2), (REPORTS, 1))
    return {place: CommonCertificate(*place, fingerprint=f"{number:064x}") for number, place in enumerate(places, 1)}


_USUAL: Final = SelfServiceRules()
#: Those who are on the road choose for themselves what else they need.
_TRUSTED: Final = SelfServiceRules(choose_optional=True, choose_tracked=True)


#: The registers the shown organisation has.
PRODUCTS: Final = frozenset({Register.ACCESS_MANAGER, Register.SECRET_NET})


def _drafts(commons: Commons) -> list[tuple[int, DeviceUsagePolicy]]:
    """How many days ago each version was published, oldest first."""
    wifi, reports = commons[WIFI, 2], commons[REPORTS, 1]
    optional_mail = replace(MAIL_ENCRYPTION, optional=True)
    secret_net = frozenset({Register.SECRET_NET})
    return [
        (700, _draft(EMPLOYEES, (LOGON,), (commons[WIFI, 1],))),
        (60, _draft(EMPLOYEES, (LOGON, replace(MAIL_SIGNATURE, optional=True)), (wifi,))),
        (690, _draft(AUTHORITY, (LOGON, SIGNATURE, MAIL_ENCRYPTION), tracking=True, registers=secret_net)),
        (680, _draft(SALES, (LOGON, MAIL_SIGNATURE))),
        (12, _draft(SALES, (LOGON, VPN, optional_mail), (wifi,), tracking=True, self_service=_TRUSTED)),
        (670, _draft(HEAD, (LOGON, SIGNATURE, VPN, optional_mail), registers=PRODUCTS)),
        (660, _draft(ACCOUNTING, (LOGON, SIGNATURE), (reports,))),
    ]


def _draft(
    name: str,
    templates: tuple[CertificateTemplate, ...],
    commons: tuple[CommonCertificate, ...] = (),
    *,
    tracking: bool = False,
    registers: frozenset[Register] = frozenset(),
    self_service: SelfServiceRules = _USUAL,
) -> DeviceUsagePolicy:
    return DeviceUsagePolicy(
        PolicyId(0), 0, name, templates, commons, tracking=tracking, registers=registers, self_service=self_service
    )


def _assign_all(connection: Connection, published: Published, now: datetime) -> None:
    vpn = frozenset({organization.VPN})
    given: tuple[tuple[str, tuple[str, ...], frozenset[str], int], ...] = (
        (EMPLOYEES, (organization.ROOT,), frozenset(), 100),
        (AUTHORITY, organization.AUTHORITY, frozenset(), 50),
        (SALES, organization.SALES, frozenset(), 50),
        (SALES, (organization.ROOT,), vpn, 60),
        (ACCOUNTING, organization.ACCOUNTING, frozenset(), 40),
        (HEAD, organization.HEAD, frozenset(), 10),
    )
    for days, (name, container, groups, priority) in zip(range(600, 0, -40), given, strict=False):
        policy, since = published.current(name).id, now - timedelta(days=days)
        assign(connection, policy, container=container, groups=groups, priority=priority, now=since)
