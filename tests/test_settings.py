"""Settings: everything has a default, everything wrong is told at once."""

import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import pytest

from portal.keyfile import KeyFileError, read_or_make_key
from portal.settings import PREFIX, VARIABLES, Settings, SettingsError


def test_nothing_needs_to_be_set() -> None:
    settings = Settings.from_env({})
    assert settings.database_url == f"sqlite:///{settings.data_dir}/klyuchnik.db"
    assert settings.base_url == "http://127.0.0.1:8080"
    assert settings.lease == timedelta(seconds=15)


def test_every_field_is_read_from_a_variable() -> None:
    assert [field.name for field in fields(Settings)] == list(VARIABLES)


def test_every_bad_value_is_told_at_once() -> None:
    bad = {
        "KLYUCHNIK_LISTEN_PORT": "none",
        "KLYUCHNIK_DEFAULT_LOCALE": "de",
        "KLYUCHNIK_DATABASE_URL": "mysql://here",
        "KLYUCHNIK_LISTEN_PROT": "80",
    }
    with pytest.raises(SettingsError) as caught:
        Settings.from_env(bad)
    assert set(caught.value.problems) == set(bad)


def test_a_default_that_stands_on_a_bad_value_is_not_blamed() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({"KLYUCHNIK_LISTEN_PORT": "0"})
    assert list(caught.value.problems) == ["KLYUCHNIK_LISTEN_PORT"]


def test_a_socket_path_too_long_for_the_kernel_is_refused() -> None:
    with pytest.raises(SettingsError, match="KLYUCHNIK_RUN_DIR"):
        Settings.from_env({"KLYUCHNIK_DATA_DIR": "/" + "deep/" * 30})


def test_presence_must_outlive_its_interval() -> None:
    with pytest.raises(SettingsError, match="PRESENCE_EXPIRY"):
        Settings.from_env({"KLYUCHNIK_PRESENCE_INTERVAL": "9", "KLYUCHNIK_PRESENCE_EXPIRY": "9"})


def test_modules_must_be_files(tmp_path: Path) -> None:
    module = tmp_path / "module.so"
    module.touch()
    assert Settings.from_env({"KLYUCHNIK_PKCS11_MODULES": f"{module}"}).pkcs11_modules == (module,)
    with pytest.raises(SettingsError, match="there is no file"):
        Settings.from_env({"KLYUCHNIK_PKCS11_MODULES": f"{module}:{tmp_path}/absent.so"})


def test_cookies_are_bound_to_the_host_only_where_tls_carries_them() -> None:
    plain = Settings.from_env({})
    secure = Settings.from_env({"KLYUCHNIK_BASE_URL": "https://keys.example.org/"})
    assert (plain.secure_cookies, plain.session_cookie) == (False, "klyuchnik")
    assert (secure.secure_cookies, secure.session_cookie) == (True, "__Host-klyuchnik")
    assert secure.base_url == "https://keys.example.org"


def test_another_process_reads_the_same_places(tmp_path: Path) -> None:
    settings = Settings.from_env({"KLYUCHNIK_DATA_DIR": str(tmp_path), "SOFTHSM2_CONF": str(tmp_path / "hsm")})
    assert Settings.from_env(settings.to_env()) == settings


def test_streams_leave_threads_for_pages() -> None:
    settings = Settings.from_env({"KLYUCHNIK_WEB_THREADS": "24"})
    assert settings.stream_limit == 8


def test_keys_are_made_once_for_all_comers(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "master.key"
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(read_or_make_key, [path] * 32))
    assert len(keys) == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(("mode", "content"), [(0o644, "ab" * 32), (0o600, "ab" * 31), (0o600, "not hexadecimal")])
def test_a_key_that_cannot_be_trusted_is_refused(tmp_path: Path, mode: int, content: str) -> None:
    path = tmp_path / "key"
    path.write_text(content)
    path.chmod(mode)
    with pytest.raises(KeyFileError):
        read_or_make_key(path)


def test_web_processes_are_one_for_each_core_but_few(tmp_path: Path) -> None:
    own = {PREFIX + "DATA_DIR": str(tmp_path)}
    assert 1 <= Settings.from_env(own).web_processes <= 4
    assert Settings.from_env(own | {PREFIX + "WEB_PROCESSES": "7"}).web_processes == 7
