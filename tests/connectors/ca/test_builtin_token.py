"""An authority whose key never leaves a PKCS #11 token."""

import subprocess
from pathlib import Path

import pytest

from portal.connectors.ca.builtin import tokenkey
from portal.connectors.ca.builtin.authority import BuiltinAuthority
from portal.connectors.ca.builtin.setup import create_authority, open_authority
from portal.connectors.ca.builtin.signing import SignerDown
from portal.connectors.ca.builtin.tokenkey import TokenPlace, TokenSigner
from portal.connectors.token import guard
from portal.domain.certificate import KeyAlgorithm
from portal.domain.outcomes import Absent, Done, Refused
from portal.domain.troubles import Trouble
from portal.ports.token import Pin
from tests.support.pki import CA_NAME, CA_SUBJECT, a_key, a_place, an_order, openssl, write_pem
from tests.support.processes import find_program
from tests.support.tokens import PIN, SoftHsm

WEB = "pages are served here"


@pytest.fixture(params=["work-horse", "web"], autouse=True)
def process(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each kind of process: one that may load the token's library, and one that may not."""
    monkeypatch.setattr(guard, "_reasons", [WEB] if request.param == "web" else [])


def an_authority(hsm: SoftHsm, folder: Path, serial: str, pin: str = PIN) -> BuiltinAuthority:
    token = TokenPlace(hsm.module, serial, Pin(pin))
    place = a_place(f"sqlite:///{folder}/ca.db", folder)
    return create_authority(place, CA_NAME, subject=CA_SUBJECT, algorithm=KeyAlgorithm.EC_P256, token=token)


def objects(hsm: SoftHsm) -> str:
    command = [str(find_program("pkcs11-tool")), "--module", str(hsm.module), "--login", "--pin", PIN, "-O"]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=180).stdout


def test_openssl_believes_what_it_signed(hsm: SoftHsm, tmp_path: Path) -> None:
    ca = an_authority(hsm, tmp_path, hsm.init_token("УЦ"))
    outcome = ca.request(an_order("one", a_key()))
    assert isinstance(outcome, Done), outcome
    write_pem(tmp_path, "ca.pem", ca.ca_certificate_der())
    write_pem(tmp_path, "c.pem", outcome.reply.certificate)
    (tmp_path / "crl.der").write_bytes(ca.crl_der())
    told = ("-crl_check", "-CAfile", "ca.pem", "-CRLfile", "crl.der", "c.pem")
    assert "c.pem: OK" in openssl(tmp_path, "verify", *told)
    assert len(list(tmp_path.glob("*-ca-*.key"))) == 0
    assert "never extractable" in objects(hsm)


def test_a_set_up_that_was_cut_off_finds_its_key_again(hsm: SoftHsm, tmp_path: Path) -> None:
    serial = hsm.init_token("УЦ")
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):  # the second knows nothing of the first, as after a crash before its row
        folder.mkdir()
        an_authority(hsm, folder, serial)
    assert objects(hsm).count("Private Key Object") == 1


def test_a_token_that_is_away_leaves_the_order_for_later(hsm: SoftHsm, tmp_path: Path) -> None:
    serial = hsm.init_token("УЦ")
    ca = an_authority(hsm, tmp_path, serial)
    order = an_order("one", a_key())
    hsm.pull(serial)
    outcome = ca.request(order)
    assert isinstance(outcome, Refused)
    assert not outcome.permanent
    assert outcome.why.trouble is Trouble.CA_UNAVAILABLE
    assert ca.effect_of(order) == Absent()
    hsm.plug(serial)
    assert isinstance(ca.request(order), Done)


def test_a_refused_pin_is_sent_once_in_all(hsm: SoftHsm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ca = an_authority(hsm, tmp_path, hsm.init_token("УЦ"))
    change_pin(hsm)
    assert isinstance(ca.request(an_order("one", a_key())), Refused)

    def never(*_: object) -> None:
        raise AssertionError("the token was asked again")

    monkeypatch.setattr(tokenkey, "_call", never)
    opened = open_authority(a_place(f"sqlite:///{tmp_path}/ca.db", tmp_path), CA_NAME)  # as after a restart
    assert opened is not None
    for authority in (ca, opened):
        with pytest.raises(SignerDown, match="refused its PIN"):
            authority.identity.signer.sign(b"data")
        assert isinstance(authority.request(an_order("two", a_key())), Refused)


def change_pin(hsm: SoftHsm) -> None:
    """Somebody sets another PIN."""
    command = [str(find_program("pkcs11-tool")), "--module", str(hsm.module), "--login", "--pin", PIN]
    subprocess.run([*command, "--change-pin", "--new-pin", "987654"], check=True, capture_output=True, timeout=180)


def test_its_pin_is_sealed_in_the_store_and_not_shown(hsm: SoftHsm, tmp_path: Path) -> None:
    pin = "4830571926"
    serial = hsm.init_token("УЦ", pin=pin)
    ca = an_authority(hsm, tmp_path, serial, pin)
    assert isinstance(ca.identity.signer, TokenSigner)
    assert pin not in repr(ca.identity)
    assert pin not in repr(ca.identity.signer._asked())
    found = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    assert pin.encode() not in found
    assert pin.encode().hex().encode() not in found
