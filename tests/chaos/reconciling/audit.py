"""An opinion of its own: the authority's rows against ours in plain SQL, without a line of the product."""

import sqlite3
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

_ISSUED = """
SELECT o.order_id, o.serial, r.reason FROM ca_orders o
LEFT JOIN ca_revocations r ON r.authority = o.authority AND r.serial = o.serial AND r.reason <> 'removeFromCRL'
WHERE o.certificate IS NOT NULL AND o.template NOT IN ('ocsp-responder', 'cmp-messenger')
"""
_OURS = """
SELECT c.serial, c.status, c.revocation, c.fingerprint, d.serial FROM certificates c
JOIN devices d ON d.id = c.device_id WHERE c.kind = 'managed'
"""
_ACCEPTED = "SELECT serial FROM drift_findings WHERE state = 'accepted'"


@dataclass(slots=True)
class Opinion:
    """``ends`` counts what explains each certificate; ``wrong`` tells of each that nothing explains."""

    ends: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def opinion(portal: Path, authority: Path, tokens: dict[str, set[str]]) -> Opinion:
    """Every certificate of the authority has an owner or an explained end; ``tokens`` are fingerprints by serial."""
    found = Opinion()
    with sqlite3.connect(portal) as ours, sqlite3.connect(authority) as theirs:
        rows = {row[0]: row[1:] for row in ours.execute(_OURS)}
        accepted = {row[0] for row in ours.execute(_ACCEPTED)}
        for order_id, serial, reason in theirs.execute(_ISSUED):
            row = rows.get(serial)
            if row is None:
                found.ends["accepted"] += serial in accepted
                if serial not in accepted:
                    found.wrong.append(f"{order_id}: certificate {serial} is in no row")
                continue
            _judge(found, serial, row, revoked=reason is not None, there=row[2] in tokens[row[3]])
        written = {row[2] for row in rows.values() if row[0] == "written"}
    for serial, fingerprints in tokens.items():
        found.wrong += [f"token {serial} carries {one[:8]}, and no row says so" for one in fingerprints - written]
    return found


def _judge(found: Opinion, serial: str, row: tuple[str, ...], *, revoked: bool, there: bool) -> None:
    status, revocation = row[0], row[1]
    found.ends[f"{status}, {'revoked' if revoked else 'good'}"] += 1
    if revoked != (revocation == "revoked"):
        found.wrong.append(f"{serial}: our row says {revocation}, the authority {'revoked' if revoked else 'good'}")
    if status == "issued" and not revoked:
        found.wrong.append(f"{serial}: issued, never written, never revoked")
    if (status == "written") is not there:
        found.wrong.append(f"{serial}: our row says {status}, the token {'has' if there else 'lacks'} it")
