"""What every vault promises."""

import os

import pytest

from portal.connectors.vault_local import LocalVault
from portal.ports.vault import Vault

MASTER = bytes(range(32))


@pytest.fixture
def vault() -> Vault:
    return LocalVault(MASTER)


def test_opens_what_it_sealed(vault: Vault) -> None:
    sealed = vault.seal("тайна".encode(), context="pfx:7")
    assert "тайна".encode() not in sealed
    assert vault.open(sealed, context="pfx:7") == "тайна".encode()


def test_seals_differently_each_time(vault: Vault) -> None:
    assert vault.seal(b"secret", context="a") != vault.seal(b"secret", context="a")


def test_refuses_another_context(vault: Vault) -> None:
    sealed = vault.seal(b"secret", context="a")
    with pytest.raises(ValueError, match="bound to something else"):
        vault.open(sealed, context="b")


def test_refuses_any_changed_byte(vault: Vault) -> None:
    sealed = bytearray(vault.seal(b"secret", context="a"))
    for place in range(len(sealed)):
        sealed[place] ^= 1
        with pytest.raises(ValueError):  # noqa: PT011 - which words depends on the byte
            vault.open(bytes(sealed), context="a")
        sealed[place] ^= 1


@pytest.mark.parametrize("length", [0, 3, 6, 10, 20])
def test_refuses_what_is_too_short(vault: Vault, length: int) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - which words depends on the length
        vault.open(vault.seal(b"", context="a")[:length], context="a")


def test_another_master_key_opens_nothing() -> None:
    sealed = LocalVault(MASTER).seal(b"secret", context="a")
    with pytest.raises(ValueError, match="another key"):
        LocalVault(os.urandom(32)).open(sealed, context="a")


def test_a_new_master_key_still_opens_what_the_former_sealed() -> None:
    old = LocalVault(MASTER)
    new = LocalVault(os.urandom(32), version=2, former={1: MASTER})
    sealed = old.seal(b"secret", context="a")
    assert new.open(sealed, context="a") == b"secret"
    assert new.stale(sealed)
    assert not new.stale(new.seal(b"secret", context="a"))
    with pytest.raises(ValueError, match="master key 2"):
        old.open(new.seal(b"secret", context="a"), context="a")


def test_a_short_master_key_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        LocalVault(b"short")
