"""Settings of connectors to registers of devices, field by field."""

from uuid import UUID

import pytest

from portal.domain.connectors.contract import contract_settings
from portal.domain.connectors.indeed import METHODS, indeed_settings
from portal.domain.connectors.secret_net import secret_net_settings
from portal.domain.errors import InvalidInput

CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMAo=\n-----END CERTIFICATE-----"
KEY = CERTIFICATE.replace("CERTIFICATE", "PRIVATE KEY")
SIGNED = {"address": "https://register.example/api/", "client": "klyuchnik", "secret": "s" * 32}
SHOWN = {"address": "https://register.example", "certificate": CERTIFICATE, "key": KEY}
MODE = str(UUID(int=0xAB))
INDEED = {
    "address": "https://am.example/am/core/", "account": "portal", "password": "p", "user_prefix": "ad",
    "mode_id": f"{{{MODE.upper()}}}", "token_header": "X-Token",
    **{f"path_{name}": path for name, path in METHODS.items()},
}  # fmt: skip


@pytest.mark.parametrize("values", [SIGNED, SHOWN, SIGNED | SHOWN], ids=["signed", "shown", "both"])
def test_calls_are_signed_or_a_certificate_is_shown(values: dict[str, str]) -> None:
    made = contract_settings(values)
    assert not made.address.endswith("/")
    assert (made.client, made.certificate) == (values.get("client", ""), values.get("certificate", ""))
    assert "s" * 32 not in repr(made)


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"address": "https://register.example"}, {"client": "required"}),
        ({**SIGNED, "secret": ""}, {"secret": "required"}),
        ({**SHOWN, "certificate": ""}, {"certificate": "required"}),
        ({**SIGNED, "key": KEY}, {"certificate": "required"}),
        ({**SIGNED, "address": "http://register.example"}, {"address": "bad_server_address"}),
    ],
    ids=range(5),
)
def test_one_of_both_whole(values: dict[str, str], wrong: dict[str, str]) -> None:
    for settings in (contract_settings, secret_net_settings):
        with pytest.raises(InvalidInput) as error:
            settings(values)
        assert error.value.fields == wrong


def test_a_windows_domain_is_a_name() -> None:
    assert secret_net_settings({**SIGNED, "domain": "KEY"}).domain == "KEY"
    assert secret_net_settings(SIGNED).way == contract_settings(SIGNED)
    with pytest.raises(InvalidInput) as error:
        secret_net_settings({**SIGNED, "domain": "KEY\\"})
    assert error.value.fields == {"domain": "bad_windows_domain"}


def test_access_manager_is_told_where_its_methods_are() -> None:
    made = indeed_settings({**INDEED, "path_look": "/api/v8/find-it/"})
    assert (made.address, made.mode_id) == ("https://am.example/am/core", MODE)
    assert made.methods == {**METHODS, "look": "api/v8/find-it", "update": ""}


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("mode_id", "42", "bad_guid"),
        ("token_header", "X Token", "bad_header"),
        ("user_prefix", "a_b", "invalid"),
        ("path_register", "api/../register", "bad_method_path"),
        ("path_update", "api/../update", "bad_method_path"),
        ("path_register", "https://elsewhere/x", "bad_method_path"),
        ("path_delete", "api/x?y", "bad_method_path"),
        ("password", "", "required"),
    ],
)
def test_what_cannot_be_a_part_of_an_address_is_refused(name: str, value: str, code: str) -> None:
    with pytest.raises(InvalidInput) as error:
        indeed_settings({**INDEED, name: value})
    assert error.value.fields == {name: code}
