"""GOST by its standards' own examples, by OpenSSL's engine, and by a library of other people."""

from pathlib import Path

import pytest
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as some

from portal.connectors.gost.curves import CURVES_256, CURVES_512, Curve
from portal.connectors.gost.signature import holds, verify
from portal.connectors.gost.streebog import digest
from tests.support.gost import independent_digest
from tests.support.pki import openssl

#: RFC 6986, 10.
FIRST = b"012345678901234567890123456789012345678901234567890123456789012"
#: RFC 7091, 7.1.
EXAMPLE = Curve(
    p=0x8000000000000000000000000000000000000000000000000000000000000431,
    a=7,
    b=0x5FBFF498AA938CE739B8E022FBAFEF40563F6E6A3472FC2A514C0CE9DAE23B7E,
    q=0x8000000000000000000000000000000150FE8A1892976154C59CFC193ACCF5B3,
    x=2,
    y=0x8E2A8A0E65147D4BD6316030E16D19C85C97F0A9CA267122B96ABBCEA7E8FC8,
)
PUBLIC = (
    0x7F2B49E270DB6D90D8595BEC458B50C58585BA1D4E9B788F6689DBD8E56FD80B,
    0x26F1B489D6701DD185C8413A977B3CBBAF64D1C593D26627DFFB101A87FF77DA,
)
ALPHA = 0x2DFBC1B372D89A1188C09C52E0EEC61FCE52032AB1022E8E67ECE6672B043EE5
R = 0x41AA28D2F1AB148280CD9ED56FEDA41974053554A42767B83AD043FD39DC0493
S = 0x1456C64BA4642A1653C235A98A60249BCD6D3F746B631DF928014F6C5BF9C40


def test_digests_of_the_standard() -> None:
    assert digest(FIRST, 256).hex() == "9d151eefd8590b89daa6ba6cb74af9275dd051026bb149a452fd84e5e57b5500"
    assert digest(FIRST, 512).hex() == (
        "1b54d01a4af5b9d5cc3d86d68d285462b19abc2475222f35c085122be4ba1ffa"
        "00ad30f8767b3a82384c6574f024c311e2a481332b08ef7f41797891c1646f48"
    )
    second = bytes.fromhex(
        "d1e520e2e5f2f0e82c20d1f2f0e8e1eee6e820e2edf3f6e82c20e2e5fef2fa20f120eceef0ff20"
        "f1f2f0e5ebe0ece820ede020f5f0e0e1f0fbff20efebfaeafb20c8e3eef0e5e2fb"
    )
    assert digest(second, 256).hex() == "9dd2fe4e90409e5da87f53976d7405b0c0cac628fc669a741d50063c557e8f50"
    assert digest(second, 512).hex() == (
        "1e88e62226bfca6f9994f1f2d51569e0daf8475a3b0fe61a5300eee46d961376"
        "035fe83549ada2b8620fcd7c496ce5b33f0cb9dddc2b6460143b03dabac9fb28"
    )


@settings(max_examples=15, deadline=None)
@given(some.binary(max_size=200), some.sampled_from([256, 512]))
def test_digests_as_others_make_them(data: bytes, bits: int) -> None:
    assert digest(data, bits) == independent_digest(data, bits)


def test_a_signature_of_the_standard() -> None:
    assert EXAMPLE.holds(PUBLIC)
    assert holds(EXAMPLE, PUBLIC, ALPHA, (R, S))
    for value in ((R, S + 1), (R + 1, S), (0, S), (R, 0), (EXAMPLE.q, S), (R, EXAMPLE.q)):
        assert not holds(EXAMPLE, PUBLIC, ALPHA, value)
    assert not holds(EXAMPLE, PUBLIC, ALPHA ^ 1, (R, S))


@pytest.mark.parametrize("curve", [*CURVES_256.values(), *CURVES_512.values()])
def test_each_curve_holds_its_point_and_its_order(curve: Curve) -> None:
    base, alpha = (curve.x, curve.y), curve.q - 7
    assert curve.holds(base)
    r = curve.x % curve.q or 1
    made = (r, (r + alpha) % curve.q)  # by the key 1 with the nonce 1
    assert holds(curve, base, alpha, made) is (curve.x != 0)
    assert not holds(curve, base, alpha + 1, made)


def signed(folder: Path, kind: str, parameters: str) -> tuple[bytes, x509.Certificate]:
    """The key and the certificate OpenSSL signed for itself by it."""
    new = ("-newkey", kind, "-pkeyopt", f"paramset:{parameters}", "-nodes", "-keyout", "own.key")
    openssl(folder, "req", "-x509", "-engine", "gost", *new, "-subj", "/CN=Own", "-out", "own.pem")
    made = x509.load_pem_x509_certificate((folder / "own.pem").read_bytes())
    body = asn1.Certificate.load(made.public_bytes(Encoding.DER))["tbs_certificate"]
    return body["subject_public_key_info"].dump(), made


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        *(("gost2012_256", one) for one in ("A", "B", "C", "XA", "XB", "TCA", "TCB", "TCC", "TCD")),
        *(("gost2012_512", one) for one in ("A", "B", "C")),
    ],
)
def test_what_openssl_signed(tmp_path: Path, kind: str, parameters: str) -> None:
    key, made = signed(tmp_path, kind, parameters)
    algorithm = made.signature_algorithm_oid.dotted_string
    verify(key, algorithm, made.signature, made.tbs_certificate_bytes)
    spoilt = made.signature[:-1] + bytes([made.signature[-1] ^ 1])
    other = "1.2.643.7.1.1.3.3" if kind.endswith("256") else "1.2.643.7.1.1.3.2"
    for signature, by, data in (
        (spoilt, algorithm, made.tbs_certificate_bytes),
        (made.signature[:-1], algorithm, made.tbs_certificate_bytes),
        (made.signature, algorithm, made.tbs_certificate_bytes + b"\0"),
        (made.signature, other, made.tbs_certificate_bytes),
    ):
        with pytest.raises(InvalidSignature):
            verify(key, by, signature, data)


def test_keys_that_are_none(tmp_path: Path) -> None:
    key, made = signed(tmp_path, "gost2012_256", "A")
    about = ("1.2.643.7.1.1.3.2", made.signature, made.tbs_certificate_bytes)
    for spoilt in (b"", b"\x30\x00", key[:-1], key.replace(b"\x2a\x85\x03", b"\x2a\x86\x03")):
        with pytest.raises(ValueError, match="not a key"):
            verify(spoilt, *about)
    with pytest.raises(InvalidSignature):  # a point that is not on the curve
        verify(key[:-1] + bytes([key[-1] ^ 1]), *about)
