"""Revocations and the list of them."""

from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from portal.connectors.ca.builtin.identity import CaIdentity
from portal.connectors.ca.builtin.orders import BadOrder
from portal.connectors.ca.builtin.signing import builder_key, digest_for
from portal.connectors.ca.builtin.store import CaStore, Taken
from portal.connectors.ca.builtin.tables import RELEASED, ListRow, OrderRow, RevocationRow
from portal.domain.certificate import Revocation

HOLD: Final = x509.ReasonFlags.certificate_hold.value
REASONS: Final = {flag.value: flag for flag in x509.ReasonFlags if flag is not x509.ReasonFlags.remove_from_crl}
LIST_LIFE: Final = timedelta(hours=24)
RENEW_LIST_AFTER: Final = timedelta(hours=12)
KEEP_EXPIRED: Final = timedelta(days=1)  # on the list, for readers whose clock is late


def revoke(store: CaStore, issued: OrderRow, reason: str, now: datetime) -> RevocationRow:
    """Revoke, or answer the revocation that stands; only a hold may still be made final."""
    if reason not in REASONS:
        raise BadOrder("unknown_reason", reason)
    row = RevocationRow(issued.authority, issued.serial, reason, int(now.timestamp()), issued.not_after)
    try:
        store.revoke(row, instead_of=(RELEASED,) if reason == HOLD else (HOLD, RELEASED))
    except Taken:
        standing = store.revocation(issued.authority, issued.serial)
        if standing is None:
            raise
        return standing
    return row


def release(store: CaStore, issued: OrderRow, now: datetime) -> None:
    """Take a hold back; what is not on hold is left as it is, and a final revocation is refused."""
    standing = store.revocation(issued.authority, issued.serial)
    if standing is None:
        return
    row = RevocationRow(issued.authority, issued.serial, RELEASED, int(now.timestamp()), issued.not_after)
    try:
        store.revoke(row, instead_of=(HOLD,))
    except Taken:
        raise BadOrder("revoked_for_good", issued.serial) from None


def said_of(reason: str | None) -> Revocation:
    """How a certificate stands with this reason against it, or with none."""
    if reason is None:
        return Revocation.GOOD
    return {HOLD: Revocation.ON_HOLD, RELEASED: Revocation.GOOD}.get(reason, Revocation.REVOKED)


def current_list(ca: CaIdentity, store: CaStore, now: datetime) -> bytes:
    """The newest list if it is still true and fresh, else a new one with the next number."""
    newest = store.newest_list(ca.name)
    if newest and newest.crl and newest.revision == store.revision(ca.name) and _fresh(newest, now):
        return newest.crl
    row = store.number_list(ca.name, int(now.timestamp()))
    crl = _signed_list(ca, store, row)
    store.keep_list(ca.name, row.number, crl)
    return crl


def _fresh(row: ListRow, now: datetime) -> bool:
    age = now - datetime.fromtimestamp(row.made_at, UTC)
    return timedelta() <= age < RENEW_LIST_AFTER


def _signed_list(ca: CaIdentity, store: CaStore, row: ListRow) -> bytes:
    made = datetime.fromtimestamp(row.made_at, UTC)
    not_before = int((made - KEEP_EXPIRED).timestamp())
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(ca.certificate.subject)
        .last_update(made)
        .next_update(made + LIST_LIFE)
        .add_extension(x509.CRLNumber(row.number), critical=False)
        .add_extension(ca.key_identifier, critical=False)
    )
    for revoked in store.revoked(ca.name, up_to=row.revision, not_before=not_before):
        if revoked.reason != RELEASED:
            builder = builder.add_revoked_certificate(_entry(revoked))
    key = builder_key(ca.signer.public_key, ca.signer.sign)
    return builder.sign(key, digest_for(ca.signer.public_key)).public_bytes(Encoding.DER)


def _entry(row: RevocationRow) -> x509.RevokedCertificate:
    entry = x509.RevokedCertificateBuilder().serial_number(int(row.serial, 16))
    entry = entry.revocation_date(datetime.fromtimestamp(row.revoked_at, UTC))
    flag = REASONS[row.reason]
    if flag is not x509.ReasonFlags.unspecified:  # RFC 5280 5.3.1: leave it out rather than say nothing
        entry = entry.add_extension(x509.CRLReason(flag), critical=False)
    return entry.build()
