"""An authority that signs by GOST R 34.10-2012: what it signed is believed, and nothing else."""

from collections.abc import Callable
from pathlib import Path

import pytest
from asn1crypto.pem import unarmor
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from portal.connectors.ca.answering import HOLD
from portal.connectors.ca.files.opening import checked
from portal.connectors.clock import SystemClock
from portal.domain.certificate import Revocation
from portal.domain.outcomes import Done
from portal.domain.troubles import Trouble
from portal.ports.certificate_authority import IssuedCertificate, RevocationOrder
from tests.support.ca_answers import refusal
from tests.support.desk import Attended, Desk, a_desk
from tests.support.pki import a_key, a_named_order, openssl, serial_of

CLOCK = SystemClock()


@pytest.fixture(scope="module", params=[256, 512])
def desk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    folder: Path = tmp_path_factory.mktemp("gost") / "desk"
    return a_desk(folder, request.param)


def issued(desk: Desk, name: str) -> IssuedCertificate:
    made = Attended(desk, desk.connector(CLOCK)).request(a_named_order(name, a_key()))
    assert isinstance(made, Done), made
    return made.reply


def test_a_certificate_for_our_key_is_believed(desk: Desk) -> None:
    made = issued(desk, "believed")
    assert x509.load_der_x509_certificate(made.certificate).signature_algorithm_oid.dotted_string.startswith("1.2.643.")
    (root,) = made.chain
    assert root == x509.load_pem_x509_certificate(desk.openssl.trusted.encode()).public_bytes(Encoding.DER)
    assert all(line.ok for line in checked(desk.values(), CLOCK))


def test_its_list_is_believed(desk: Desk) -> None:
    serial = serial_of(issued(desk, "listed"))
    ca = Attended(desk, desk.connector(CLOCK))
    assert ca.status(serial) is Revocation.GOOD
    assert isinstance(ca.revoke(RevocationOrder("h", serial, HOLD)), Done)
    assert isinstance(ca.revoke(RevocationOrder("r", serial, "keyCompromise")), Done)
    assert ca.status(serial) is Revocation.REVOKED
    told = desk.into / "desk.crl"
    whole = told.read_bytes()
    told.write_bytes(spoilt(whole))
    assert ca.status(serial) is Revocation.UNKNOWN
    told.write_bytes(whole)


def spoilt(pem: bytes) -> bytes:
    """The same in DER with another last bit, which is one of the signature."""
    _kind, _headers, der = unarmor(pem)
    return bytes(der[:-1] + bytes([der[-1] ^ 1]))


@pytest.mark.parametrize("harm", [spoilt, None], ids=["a bit of the signature", "the same name, another key"])
def test_what_another_key_signed_is_not(desk: Desk, tmp_path: Path, harm: Callable[[bytes], bytes] | None) -> None:
    name = f"harmed-{harm is None}"
    ca, order = desk.connector(CLOCK), a_named_order(name, a_key())
    ca.request(order)
    signer = a_desk(tmp_path / "another", 256) if harm is None else desk
    drawn = tmp_path / "drawn.pem"
    signer.openssl.sign(desk.out / f"{name}.p10", drawn)
    pem = drawn.read_bytes()
    (desk.into / f"{name}.cer").write_bytes(harm(pem) if harm else pem)
    assert refusal(ca.request(order)) == (Trouble.CA_MISMATCH, "chain", True)


def test_an_authority_in_between(desk: Desk, tmp_path: Path) -> None:
    """Below its root, as accredited authorities are; a certificate that is no authority's vouches for nobody."""
    order = a_named_order("between", a_key())
    ca = desk.connector(CLOCK)
    ca.request(order)
    for kind, outcome in (("CA:FALSE", "chain"), ("CA:TRUE", "")):
        chained(desk, tmp_path, "between", kind)
        made = ca.request(order)
        if outcome:
            assert refusal(made) == (Trouble.CA_MISMATCH, outcome, True)
        else:
            assert isinstance(made, Done)
            assert len(made.reply.chain) == 2


def chained(desk: Desk, folder: Path, name: str, constraints: str) -> None:
    """The answer of an authority certified by the desk's, with names as Russian ones have them."""
    (folder / "names.cnf").write_text(
        "[req]\ndistinguished_name=dn\nprompt=no\n[dn]\nC=RU\nO=ООО «Ромашка»\nCN=УЦ Ромашка\n"
        "OGRN=1027700000000\n0.1.2.643.100.4=7700000000\n"
    )
    new = ("-newkey", "gost2012_256", "-pkeyopt", "paramset:TCB", "-nodes", "-keyout", "mid.key", "-utf8")
    openssl(folder, "req", "-new", "-engine", "gost", *new, "-config", "names.cnf", "-out", "mid.csr")
    (folder / "mid.ext").write_text(f"basicConstraints=critical,{constraints}\n")
    above = ("-CA", str(desk.openssl.folder / "ca.pem"), "-CAkey", str(desk.openssl.folder / "ca.key"))
    signing = ("x509", "-req", "-engine", "gost", "-CAcreateserial", "-days", "99")
    openssl(
        folder, *signing, *above, "-CAserial", "mid.srl", "-in", "mid.csr", "-extfile", "mid.ext", "-out", "mid.pem"
    )
    ours = ("-CA", "mid.pem", "-CAkey", "mid.key", "-inform", "DER", "-in", str(desk.out / f"{name}.p10"))
    openssl(folder, *signing, *ours, "-out", "leaf.pem")
    both = (folder / "leaf.pem").read_bytes() + (folder / "mid.pem").read_bytes()
    (desk.into / f"{name}.cer").write_bytes(both)
