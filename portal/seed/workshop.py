"""Prepares real tokens by real means: keys made on the token, certificates issued by the authority.

Runs in a spawned child: a PKCS#11 library is loaded here.
"""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from portal.connectors.token.desk import Pkcs11Desk
from portal.connectors.token.scan import scan
from portal.connectors.x509 import X509Reader
from portal.domain import recipe
from portal.domain.contents import TokenSighting
from portal.ports.certificate_authority import CertificateOrder, RevocationOrder
from portal.ports.token import (
    GenerateKeyPair,
    ImportKeyPair,
    Pin,
    ProveCertificate,
    ReadContents,
    RemoveCertificate,
    RemoveKeyPair,
    SignRequest,
    TokenGateway,
    TokenOrder,
    TokenReply,
    WriteCertificate,
)
from portal.seed.authority import PastAuthority, SeedError, done, shift_for
from portal.seed.token_wishes import (
    CertificateWish,
    CommonWish,
    ForeignWish,
    MadeCertificate,
    MadeCommon,
    MadeToken,
    TokenWish,
)
from portal.settings import Settings

_FOREIGN_AUTHORITY: Final = "УЦ партнёра"


def prepare_tokens(settings: Settings, wishes: Sequence[TokenWish]) -> tuple[MadeToken, ...]:
    """Fulfil the wishes and tell what lies on each token now."""
    bench = _Bench(settings)
    made = [(wish, bench.prepare(wish)) for wish in wishes]
    seen = {one.serial: one for module in settings.pkcs11_modules for one in scan(str(module), X509Reader())}
    return tuple(_told(wish, parts, seen[wish.serial]) for wish, parts in made)


_Parts = tuple[tuple[MadeCertificate, ...], tuple[MadeCommon, ...], TokenReply]


def _told(wish: TokenWish, parts: _Parts, seen: TokenSighting) -> MadeToken:
    certificates, commons, reply = parts
    if reply.contents is None:
        raise SeedError("the token was not read")
    return MadeToken(
        serial=wish.serial,
        certificates=certificates,
        commons=commons,
        contents=reply.contents,
        model=seen.model,
        manufacturer=seen.manufacturer,
        label=seen.label,
        where=seen.where,
        free_memory=seen.free_memory,
    )


class _KnownPin:
    """The PIN the demonstration gave the token itself."""

    def __init__(self, value: str) -> None:
        self._pin = Pin(value)

    def pin(self) -> Pin:
        return self._pin

    def accepted(self) -> None:
        """It is right; nothing is kept."""

    def refused(self) -> None:
        raise SeedError("a token refused the PIN it was initialised with")


class _Bench:
    """One token after another."""

    def __init__(self, settings: Settings) -> None:
        self._authority = PastAuthority(settings)
        self._desk = Pkcs11Desk(settings.pkcs11_modules, X509Reader())

    def prepare(self, wish: TokenWish) -> _Parts:
        """Put on the token what is wished for, in order, then take off what is."""
        with self._desk.gateway(wish.serial, _KnownPin(wish.pin)) as token:
            certificates = tuple(self._certificate(token, one) for one in wish.certificates)
            commons = tuple(_common(token, one) for one in wish.commons)
            for foreign in wish.foreign:
                _do(token, _foreign(foreign))
            for made in certificates:
                if made.wish.taken_off:
                    _take_off(token, made)
            return certificates, commons, _do(token, ReadContents())

    def _certificate(self, token: TokenGateway, wish: CertificateWish) -> MadeCertificate:
        template, key_id = wish.template, _new_key_id()
        subject, alternative = recipe.fill(template.recipe, wish.person)
        _do(token, GenerateKeyPair(key_id, template.name, template.algorithm))
        request = _do(token, SignRequest(key_id, subject, alternative)).request
        order = CertificateOrder(f"demo-{key_id}", template.key.ca_template, request, subject, alternative)
        authority = self._authority.at(shift_for(template.key.ca_template, wish.ends))
        der = done(authority.request(order)).certificate
        _do(token, WriteCertificate(key_id, template.name, der))
        facts = X509Reader().certificate(der)
        _do(token, ProveCertificate(key_id, facts.fingerprint))
        if wish.revoked:
            revocation = RevocationOrder(f"demo-revocation-{key_id}", facts.serial, "keyCompromise")
            done(self._authority.at(timedelta(days=-2)).revoke(revocation))
        return MadeCertificate(wish, key_id, der)


def _common(token: TokenGateway, wish: CommonWish) -> MadeCommon:
    key_id = _new_key_id()
    _do(token, ImportKeyPair(key_id, wish.name, wish.material.certificate, wish.material.private_key))
    return MadeCommon(wish, key_id)


def _foreign(wish: ForeignWish) -> ImportKeyPair:
    """A certificate of an authority of its own, with its key, as a partner would hand it over."""
    authority, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    begins = min(wish.ends, datetime.now(UTC)) - timedelta(days=100)
    certificate = (
        x509.CertificateBuilder()
        .serial_number(x509.random_serial_number())
        .issuer_name(_name(_FOREIGN_AUTHORITY))
        .subject_name(_name(wish.person.attribute("cn")))
        .public_key(key.public_key())
        .not_valid_before(begins)
        .not_valid_after(wish.ends)
        .sign(authority, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return ImportKeyPair(_new_key_id(), "Партнёр", certificate.public_bytes(Encoding.DER), private)


def _name(common_name: str) -> x509.Name:
    parts = (
        (NameOID.COUNTRY_NAME, "RU"),
        (NameOID.ORGANIZATION_NAME, "ООО «Партнёр»"),
        (NameOID.COMMON_NAME, common_name),
    )
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])


def _take_off(token: TokenGateway, made: MadeCertificate) -> None:
    _do(token, RemoveCertificate(made.key_id, X509Reader().certificate(made.der).fingerprint))
    _do(token, RemoveKeyPair(made.key_id))


def _do(token: TokenGateway, order: TokenOrder) -> TokenReply:
    return done(token.carry_out(order))


def _new_key_id() -> str:
    return secrets.token_hex(20)
