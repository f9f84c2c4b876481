"""The demonstration's data, made by real means on real software tokens."""

import shutil
import subprocess
from pathlib import Path

import pytest
from sqlalchemy import func, select

from portal.bootstrap import build
from portal.db import snapshots
from portal.db.audit_chain import verify
from portal.db.models import Device, DeviceFinding, Person, Policy, PolicyVersion
from portal.domain.findings import UpdateReason
from portal.domain.ids import DeviceId
from portal.seed.accounts import LOGINS
from portal.seed.demo import seed_demo
from portal.seed.soft_tokens import USER_PIN
from portal.services.sessions import Visitor
from portal.settings import Settings
from tests.support.tokens import SoftHsm

STAR = {
    UpdateReason.CERTIFICATE_EXPIRING,
    UpdateReason.TEMPLATE_ADDED,
    UpdateReason.TEMPLATE_REMOVED,
    UpdateReason.OPTIONAL_AVAILABLE,
    UpdateReason.COMMON_ADDED,
    UpdateReason.FOREIGN_FOUND,
}


@pytest.fixture
def settings(tmp_path: Path, hsm: SoftHsm) -> Settings:
    return Settings.from_env({"KLYUCHNIK_DATA_DIR": str(tmp_path), "KLYUCHNIK_SOFTHSM2_CONF": str(hsm.conf)})


def test_the_demonstration_shows_everything(settings: Settings, hsm: SoftHsm) -> None:
    told = seed_demo(settings)
    assert {one.password for one in told} >= {USER_PIN}
    with build(settings).database as database, database.read() as connection:
        reasons = set(connection.execute(select(DeviceFinding.reason)).scalars())
        assert reasons >= set(UpdateReason) - {UpdateReason.HISTORY_GIVEN_UP}
        star = connection.execute(select(DeviceFinding.reason).where(DeviceFinding.device_id == 1)).scalars()
        assert set(star) == STAR
        assert connection.execute(select(func.count()).select_from(Policy)).scalar_one() == 6
        assert connection.execute(select(func.count()).select_from(Person)).scalar_one() == 2018
        assert connection.execute(select(func.count()).select_from(Device)).scalar_one() == 2020
        assert verify(connection).whole
        devices = snapshots.devices(connection, range(1, 14))
    far = devices.pop(DeviceId(13))
    assert _plugged_in(settings.data_dir / "workstation" / "tokens") == {far.serial}
    assert {device.serial for device in devices.values()} == _plugged_in(hsm.tokens)
    for device in devices.values():
        assert device.contents is not None
        assert device.contents.complete
        assert _seen_by_opensc(hsm, device.serial) == len(device.contents.certificates)
    assert build(settings).accounts.sign_in(LOGINS[0].login, LOGINS[0].password, Visitor("127.0.0.1"))

    with build(settings).database as database, database.read() as connection:
        before = connection.execute(select(func.count()).select_from(PolicyVersion)).scalar_one()
    assert seed_demo(settings) == told, "asked again it changes nothing"
    with build(settings).database as database, database.read() as connection:
        assert connection.execute(select(func.count()).select_from(PolicyVersion)).scalar_one() == before


def _plugged_in(folder: Path) -> set[str]:
    return {entry.name.replace("-", "")[-16:] for entry in folder.iterdir() if entry.is_dir()}


def _seen_by_opensc(hsm: SoftHsm, serial: str) -> int:
    """How many certificates a program that is not ours finds on the token."""
    tool = shutil.which("pkcs11-tool")
    assert tool, "opensc is installed by bin/setup"
    command = [tool, "--module", str(hsm.module), "--list-slots"]
    listed = subprocess.run(command, env=hsm.env, capture_output=True, text=True, timeout=180, check=True).stdout
    slot = next(part.split("(", 1)[1].split(")", 1)[0] for part in listed.split("Slot ")[1:] if serial in part)
    command = [tool, "--module", str(hsm.module), "--slot", slot, "--list-objects", "--type", "cert"]
    found = subprocess.run(command, env=hsm.env, capture_output=True, text=True, timeout=180, check=True).stdout
    return found.count("Certificate Object")
