"""What we write, others read: OpenSC's pkcs11-tool lists it and signs with it, OpenSSL accepts it."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.connectors.token.desk import Pkcs11Desk
from portal.connectors.x509 import X509Reader
from portal.domain.certificate import KeyAlgorithm
from portal.domain.outcomes import Done
from portal.ports.token import (
    GenerateKeyPair,
    ImportKeyPair,
    SignRequest,
    TokenGateway,
    TokenOrder,
    TokenReply,
    WriteCertificate,
)
from tests.support.issuing import certificate_for, pkcs8_of, ready_key, spki_of
from tests.support.pins import Pins
from tests.support.processes import find_program
from tests.support.tokens import PIN, SoftHsm

KEY, COMMON = "0a" * 20, "0b" * 20
SUBJECT = (
    ("CN", "Щукина Ёлка Ильинична"),
    ("SN", "Щукина"),
    ("GN", "Ёлка Ильинична"),
    ("T", "Главный бухгалтер"),
    ("O", "ООО «Ромашка»"),
    ("C", "RU"),
    ("emailAddress", "shchukina@example.org"),
)


@pytest.fixture
def serial(hsm: SoftHsm) -> str:
    return hsm.init_token("Токен")


@pytest.fixture
def gateway(hsm: SoftHsm, serial: str) -> Iterator[TokenGateway]:
    with Pkcs11Desk([hsm.module], X509Reader()).gateway(serial, Pins(PIN)) as opened:
        yield opened


def done(gateway: TokenGateway, order: TokenOrder) -> TokenReply:
    outcome = gateway.carry_out(order)
    assert isinstance(outcome, Done), outcome
    return outcome.reply


def tool(hsm: SoftHsm, *arguments: str) -> str:
    command = [str(find_program("pkcs11-tool")), "--module", str(hsm.module), "--login", "--pin", PIN]
    return subprocess.run([*command, *arguments], capture_output=True, text=True, check=True, timeout=180).stdout


def openssl(*arguments: str | Path) -> str:
    command = [str(find_program("openssl")), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=180)
    return done.stdout + done.stderr


@pytest.mark.parametrize("algorithm", [KeyAlgorithm.RSA_2048, KeyAlgorithm.EC_P256, KeyAlgorithm.EC_P384])
def test_opensc_reads_pairs_and_signs_with_what_we_wrote(
    gateway: TokenGateway, hsm: SoftHsm, tmp_path: Path, algorithm: KeyAlgorithm
) -> None:
    public = done(gateway, GenerateKeyPair(KEY, "Подпись", algorithm)).public_key
    der = certificate_for(public)
    done(gateway, WriteCertificate(KEY, "Подпись", der))
    listed = tool(hsm, "--list-objects")
    assert sorted(re.findall(r"^(\w+ ?\w+) Object", listed, re.MULTILINE)) == [
        "Certificate",
        "Private Key",
        "Public Key",
    ]
    assert re.findall(r"ID:\s+(\w+)", listed) == [KEY] * 3
    assert listed.count("Подпись") == 3
    assert "sensitive, always sensitive, never extractable, local" in listed.lower()
    tool(hsm, "--read-object", "--type", "cert", "--id", KEY, "--output-file", str(tmp_path / "read.der"))
    assert (tmp_path / "read.der").read_bytes() == der
    (tmp_path / "public.der").write_bytes(public)
    (tmp_path / "data").write_bytes(b"x" * 32)
    mechanism = (
        ["SHA256-RSA-PKCS"] if algorithm is KeyAlgorithm.RSA_2048 else ["ECDSA", "--signature-format", "openssl"]
    )
    signing = ["--sign", "--id", KEY, "--input-file", str(tmp_path / "data"), "--output-file", str(tmp_path / "sig")]
    tool(hsm, *signing, "--mechanism", *mechanism)
    verify: list[str | Path] = [
        "-verify",
        "-pubin",
        "-keyform",
        "DER",
        "-inkey",
        tmp_path / "public.der",
        "-in",
        tmp_path / "data",
    ]
    digest = ["-rawin", "-digest", "sha256"] if algorithm is KeyAlgorithm.RSA_2048 else []
    assert "Success" in openssl("pkeyutl", *verify, *digest, "-sigfile", tmp_path / "sig")


def test_opensc_reads_a_common_certificate(gateway: TokenGateway, hsm: SoftHsm) -> None:
    key = ready_key("rsa2048")
    done(gateway, ImportKeyPair(COMMON, "Общий", certificate_for(spki_of(key)), pkcs8_of(key)))
    listed = tool(hsm, "--list-objects")
    assert re.findall(r"ID:\s+(\w+)", listed) == [COMMON] * 3
    assert "local" not in listed.lower()
    assert "Access:     sensitive" in listed


@pytest.mark.parametrize("algorithm", KeyAlgorithm)
def test_openssl_accepts_the_request(gateway: TokenGateway, tmp_path: Path, algorithm: KeyAlgorithm) -> None:
    done(gateway, GenerateKeyPair(KEY, "Подпись", algorithm))
    names = (("email", "shchukina@example.org"), ("upn", "shchukina@corp.local"))
    (tmp_path / "request.der").write_bytes(done(gateway, SignRequest(KEY, SUBJECT, names)).request)
    told = openssl(
        *("req", "-verify", "-noout", "-text", "-inform", "DER", "-in", tmp_path / "request.der"),
        *("-nameopt", "utf8,sep_comma_plus_space"),
    )
    assert "verify OK" in told
    assert "CN=Щукина Ёлка Ильинична" in told.replace(" = ", "=")
    assert "email:shchukina@example.org" in told


def test_the_types_of_letters_are_the_agreed_ones(gateway: TokenGateway, tmp_path: Path) -> None:
    done(gateway, GenerateKeyPair(KEY, "Подпись", KeyAlgorithm.EC_P256))
    (tmp_path / "request.der").write_bytes(done(gateway, SignRequest(KEY, SUBJECT, ())).request)
    told = openssl("asn1parse", "-inform", "DER", "-in", tmp_path / "request.der")
    assert re.search(r"IA5STRING\s+:shchukina@example.org", told)
    assert re.search(r"PRINTABLESTRING\s+:RU", told)
    assert told.count("UTF8STRING") == 5
