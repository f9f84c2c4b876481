"""The issuance cycle; a crash anywhere leaves either nothing or an order that the next attempt completes.

1. accept the order;
2. decide the certificate to the last byte but its signature, and write that down under the order's id;
3. sign exactly these bytes, and verify the signature;
4. keep the certificate, unless another process that did the same was first;
5. answer with the one that is kept.
"""

from collections.abc import Callable
from datetime import datetime

from portal.connectors.ca.builtin.identity import CaIdentity
from portal.connectors.ca.builtin.orders import AcceptedOrder, BadOrder
from portal.connectors.ca.builtin.profile import draft
from portal.connectors.ca.builtin.signing import SignerDown, signed_certificate
from portal.connectors.ca.builtin.store import CaStore, Known, Taken
from portal.connectors.ca.builtin.tables import OrderRow


def at_once(_known: Known) -> None:
    """Nobody needs to be asked."""


def issue(
    ca: CaIdentity, store: CaStore, order: AcceptedOrder, now: datetime, *, ask: Callable[[Known], None] = at_once
) -> bytes:
    """The certificate of this order, made now or earlier; raises BadOrder, StoreDown, SignerDown.

    ``ask`` may object before anything is decided about a new order.
    """
    known = store.known(ca.name, order.order_id, order.template.name)
    row = known.order
    if row is None:
        ask(known)
        row = _write_down(ca, store, order, now)
    if row.digest != order.digest:
        raise BadOrder("order_differs", order.order_id)
    if row.certificate is not None:
        return row.certificate
    return store.keep_certificate(ca.name, row.order_id, signed_certificate(row.tbs, ca.signer))


def _write_down(ca: CaIdentity, store: CaStore, order: AcceptedOrder, now: datetime) -> OrderRow:
    if now >= ca.certificate.not_valid_after_utc:
        raise BadOrder("authority_expired", ca.name)
    if now < ca.certificate.not_valid_before_utc:
        raise SignerDown("the clock stands before the authority's own beginning")
    decided = draft(ca, order.template, order.subject, now)
    row = OrderRow(
        authority=ca.name,
        order_id=order.order_id,
        digest=order.digest,
        template=order.template.name,
        serial=decided.serial,
        not_after=int(decided.not_after.timestamp()),
        tbs=decided.tbs,
        ordered_at=int(now.timestamp()),
    )
    try:
        store.add_order(row)
    except Taken:
        found = store.order(ca.name, order.order_id)
        if found is None:  # the serial, then: once in 2^158
            raise
        return found
    return row
