"""What the authority tells of everything it issued: for those who hold their rows against its own."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from portal.connectors.ca.builtin.issued_rows import AT_ONCE, IssuedRows
from portal.connectors.ca.builtin.revoking import said_of
from portal.domain.certificate import Revocation
from portal.ports.certificate_authority import IssuedPage, ListedCertificate


def issued_since(store: IssuedRows, authority: str, mark: str) -> IssuedPage:
    """The next part after the mark: the moment of an order and its id."""
    moment, _colon, order_id = mark.partition(":")
    rows = store.issued_after(authority, int(moment or 0), order_id)
    listed = tuple(
        ListedCertificate(row.serial, row.certificate, datetime.fromtimestamp(row.ordered_at, UTC), row.order_id)
        for row in rows
    )
    more = f"{rows[-1].ordered_at}:{rows[-1].order_id}" if len(rows) == AT_ONCE else ""
    return IssuedPage(listed, more)


def standings(store: IssuedRows, authority: str, serials: Sequence[str]) -> Mapping[str, Revocation]:
    """How these stand; serials in lower hex, as our rows have them."""
    known = store.issued_among(authority, serials)
    return {
        serial: said_of(known[serial]) if serial in known else Revocation.UNKNOWN for serial in dict.fromkeys(serials)
    }
