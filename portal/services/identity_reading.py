"""Opening what identity checks keep sealed: masked for everybody who sees them, whole for who may; that is audited."""

from collections.abc import Iterable
from dataclasses import dataclass

from portal.db.queries.identity import CheckRow
from portal.db.queries.identity_check import Part, SealedEvidence, sealed_evidence
from portal.db.transaction import Database
from portal.domain.audit import AuditTag
from portal.domain.errors import Conflict
from portal.domain.identity import IdentityClaim
from portal.domain.identity_masking import MaskedClaim, masked
from portal.ports.clock import Clock
from portal.ports.vault import Vault
from portal.services.audit import record
from portal.services.identity_rows import open_claim

#: What a seal is bound to, beside the number of the message.
_CONTEXT = {Part.REQUEST: "evidence", Part.RECEIPT: "receipt", Part.ANSWER: "answer"}


@dataclass(frozen=True, slots=True)
class Evidence:
    """One message as it went or came; ``name`` is safe for a file."""

    name: str
    content: bytes

    @property
    def xml(self) -> bool:
        """Whether it is one document; what came with parts is not."""
        return self.content.lstrip()[:1] == b"<"


@dataclass(frozen=True, slots=True)
class IdentityReading:
    """Reads sealed claims and messages. Whoever calls has made sure that the check is within reach."""

    database: Database
    clock: Clock
    vault: Vault

    def masked(self, rows: Iterable[CheckRow]) -> dict[int, MaskedClaim]:
        """What may be shown of each check's claim; those whose term is over are left out."""
        opened = ((row.id, open_claim(self.vault, row)) for row in rows)
        return {number: masked(claim) for number, claim in opened if claim is not None}

    def claim(self, row: CheckRow, *, actor: str) -> IdentityClaim:
        """The claim in clear; raises Conflict once it is deleted."""
        claim = open_claim(self.vault, row)
        if claim is None:
            raise Conflict("identity_forgotten", id=str(row.id))
        with self.database.begin() as connection:
            now, subject = self.clock.now(), f"identity:{row.id}"
            record(connection, AuditTag.IDENTITY_SEEN, actor=actor, subject=subject, now=now, person=row.person_id)
        return claim

    def evidence(self, check: CheckRow, part: Part, number: int, *, actor: str) -> Evidence:
        """One message of the check; raises NotFound, and Conflict once it is deleted."""
        with self.database.begin() as connection:
            found = sealed_evidence(connection, check.id, part, number)
            content = self._opened(found, part)
            now, subject = self.clock.now(), f"identity:{check.id}"
            told = {"service": found.service.value, "part": part.value}
            record(connection, AuditTag.IDENTITY_TAKEN, actor=actor, subject=subject, now=now, **told)
        return Evidence(f"check-{check.id}-{found.service.value}-{part.value}-{number}", content)

    def _opened(self, found: SealedEvidence, part: Part) -> bytes:
        if found.sealed is None:
            raise Conflict("identity_forgotten", id=found.message_id)
        try:
            return self.vault.open(found.sealed, context=f"{_CONTEXT[part]}:{found.message_id}")
        except ValueError as error:
            raise Conflict("identity_seal_broken", id=found.message_id) from error
