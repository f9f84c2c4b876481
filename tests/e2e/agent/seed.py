"""The data the workstations begin with: ``python -m tests.e2e.agent.seed LOGINS_FILE``.

Who comes to the unit BEFORE gets a certificate and a common one; who moves on to AFTER gets another certificate, and
what he had goes. Together that is every order a workstation can be given.
"""

import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

from portal.bootstrap import BUILTIN_CA, build
from portal.db import schema
from portal.domain.certificate import KeyAlgorithm, Purpose, TemplateKey
from portal.domain.ids import PolicyId
from portal.domain.permissions import Role
from portal.domain.policy import CertificateTemplate, CommonCertificate, DeviceUsagePolicy, SubjectRecipe
from portal.seed.authority import common_material, set_up_authority
from portal.services.people import ensure_units
from portal.services.policies import assign, publish
from portal.settings import Settings
from portal.supervisor.logins import Login, write_logins

BEFORE: Final = ("Филиал", "Приём")
AFTER: Final = ("Филиал", "Отдел")
COMMON: Final = "Wi-Fi"
ADMIN: Final = Login("admin", "workstation-admin-2026", Role.ADMINISTRATOR.value)

_EMAIL: Final = ("email", "{email}")


def _template(name: str, ca_template: str, purpose: Purpose) -> CertificateTemplate:
    recipe = SubjectRecipe((("CN", "{cn}"),), (_EMAIL,))
    key = TemplateKey(BUILTIN_CA, ca_template, purpose)
    return CertificateTemplate(key, name, KeyAlgorithm.EC_P256, recipe, timedelta(days=30))


VPN: Final = replace(_template("Удалённый доступ", "vpn", Purpose.AUTHENTICATE), revoke_on_removal=True)
SIGNATURE: Final = _template("Подпись документов", "signature", Purpose.SIGN)


def make(settings: Settings) -> list[Login]:
    """An authority, two policies with their units, and an administrator."""
    schema.upgrade(settings.database_url)
    set_up_authority(settings)
    portal = build(settings)
    with portal.database, portal.database.begin() as connection:
        now = portal.clock.now()
        ensure_units(connection, [BEFORE, AFTER])
        common = portal.commons.add(connection, COMMON, common_material(settings, COMMON, 1), now)
        for draft, unit in ((_before(common), BEFORE), (_after(), AFTER)):
            policy = publish(connection, draft, actor=ADMIN.login, now=now)
            assign(connection, policy.id, container=unit, priority=50, now=now)
    portal.accounts.create(login=ADMIN.login, name="Администратор", role=Role.ADMINISTRATOR, password=ADMIN.password)
    return [ADMIN]


def _before(common: CommonCertificate) -> DeviceUsagePolicy:
    return DeviceUsagePolicy(PolicyId(0), 0, BEFORE[-1], (VPN,), (common,))


def _after() -> DeviceUsagePolicy:
    return DeviceUsagePolicy(PolicyId(0), 0, AFTER[-1], (SIGNATURE,))


if __name__ == "__main__":
    write_logins(Path(sys.argv[1]), make(Settings.from_env()))
