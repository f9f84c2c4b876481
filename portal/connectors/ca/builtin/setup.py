"""Setting an authority up for the first time, and opening it every other time."""

import fcntl
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from portal.connectors.ca.builtin.authority import BuiltinAuthority
from portal.connectors.ca.builtin.identity import CaIdentity, PublicAddresses
from portal.connectors.ca.builtin.keyfile import FileSigner, new_key, remove_key, write_key
from portal.connectors.ca.builtin.names import Pairs, subject_name
from portal.connectors.ca.builtin.profile import BACKDATED, new_serial
from portal.connectors.ca.builtin.signing import Signer, ca_public_key, signed_certificate, to_be_signed
from portal.connectors.ca.builtin.store import CaStore, Taken
from portal.connectors.ca.builtin.tables import AuthorityRow
from portal.connectors.ca.builtin.templates import TEMPLATES, CaTemplate
from portal.connectors.ca.builtin.tokenkey import TokenPlace, TokenSigner, new_token_key
from portal.connectors.key_usage import CERTIFIES
from portal.domain.certificate import KeyAlgorithm
from portal.ports.clock import Clock
from portal.ports.vault import Vault

CA_LIFE: Final = timedelta(days=15 * 365)
_SLUG: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")


@dataclass(frozen=True, slots=True)
class CaPlace:
    """Where an authority lives: its rows, the folder of its key files, what opens them, and where it publishes."""

    store: CaStore
    folder: Path
    vault: Vault
    clock: Clock
    base_url: str
    templates: Mapping[str, CaTemplate] = field(default_factory=lambda: TEMPLATES)


def open_authority(place: CaPlace, name: str) -> BuiltinAuthority | None:
    """The authority of this name, or None when it was never set up; no key is touched yet."""
    row = place.store.authority(name) if place.store.prepared() else None
    return None if row is None else _opened(place, row)


def create_authority(
    place: CaPlace,
    name: str,
    *,
    subject: Pairs,
    algorithm: KeyAlgorithm = KeyAlgorithm.RSA_3072,
    life: timedelta = CA_LIFE,
    token: TokenPlace | None = None,
) -> BuiltinAuthority:
    """Set the authority up unless it is; of several processes that come first, one does.

    Its key is made in an encrypted file, or on the token when one is given. Raises SignerDown, StoreDown.
    """
    if not name or not _SLUG.issuperset(name):
        raise ValueError("an authority's name is part of addresses: small Latin letters, digits and hyphens")
    place.store.prepare()
    with _alone(place.folder):
        row = place.store.authority(name)
        if row is None:
            where = _new_keys(place, name, algorithm, token)
            row = _set_up(place, name, where, _Plan(subject_name(subject), life))
    authority = _opened(place, row)
    authority.responder()
    return authority


@dataclass(frozen=True, slots=True)
class _Plan:
    name: x509.Name
    life: timedelta


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _new_keys(
    place: CaPlace, name: str, algorithm: KeyAlgorithm, token: TokenPlace | None
) -> dict[str, dict[str, str]]:
    mark = secrets.token_hex(4)  # what an interrupted set-up left is never taken for ours
    made = {"ocsp": _new_file(place, f"{name}-ocsp-{mark}.key", algorithm)}
    if token is None:
        return {**made, "ca": _new_file(place, f"{name}-ca-{mark}.key", algorithm)}
    return {**made, "ca": new_token_key(token, name, algorithm, place.vault)}


def _set_up(place: CaPlace, name: str, where: dict[str, dict[str, str]], plan: _Plan) -> AuthorityRow:
    certificate = _own_certificate(_signer(place, where["ca"]), plan.name, place.clock, plan.life)
    row = AuthorityRow(name, certificate, where)
    try:
        place.store.add_authority(row)
    except Taken:  # on another machine, where our lock is not seen
        for file in (kept["file"] for kept in where.values() if "file" in kept):
            remove_key(place.folder / file)
        return _theirs(place, name)
    return row


def _theirs(place: CaPlace, name: str) -> AuthorityRow:
    row = place.store.authority(name)
    if row is None:
        raise LookupError(name)
    return row


def _new_file(place: CaPlace, file: str, algorithm: KeyAlgorithm) -> dict[str, str]:
    key = new_key(algorithm)
    write_key(place.folder / file, key, place.vault)
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return {"file": file, "public": public.hex()}


def _signer(place: CaPlace, where: Mapping[str, str]) -> Signer:
    if "file" not in where:
        return TokenSigner(where, place.folder, place.vault)
    public = load_der_public_key(bytes.fromhex(where["public"]))
    return FileSigner(place.folder / where["file"], place.vault, ca_public_key(public))


def _opened(place: CaPlace, row: AuthorityRow) -> BuiltinAuthority:
    identity = CaIdentity(
        name=row.name,
        certificate_der=row.certificate,
        signer=_signer(place, row.key_places["ca"]),
        responder=_signer(place, row.key_places["ocsp"]),
        addresses=PublicAddresses(place.base_url, row.name),
    )
    return BuiltinAuthority(identity, place.store, place.clock, templates=place.templates)


def _own_certificate(signer: Signer, name: x509.Name, clock: Clock, life: timedelta) -> bytes:
    start = clock.now().astimezone(UTC).replace(microsecond=0) - BACKDATED
    key_id = x509.SubjectKeyIdentifier.from_public_key(signer.public_key)
    builder = (
        x509.CertificateBuilder()
        .serial_number(new_serial())
        .issuer_name(name)
        .subject_name(name)
        .public_key(signer.public_key)
        .not_valid_before(start)
        .not_valid_after(start + life)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(CERTIFIES, critical=True)
        .add_extension(key_id, critical=False)
    )
    return signed_certificate(to_be_signed(builder, signer.public_key), signer)
