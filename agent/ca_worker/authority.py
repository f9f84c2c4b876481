"""A Microsoft CA through `certreq` and `certutil`. Their sentences differ by language: only numbers are read.

What became of a request is asked of the CA's database, by an attribute that names our order.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum, unique
from pathlib import Path
from typing import Final

from agent.ca_worker.programs import ProgramError, Run, Said

#: The attribute of a request that holds the name of our order.
ATTRIBUTE: Final = "KlyuchnikOrder"
#: CRLReason (RFC 5280) by the number that `certutil -revoke` takes; -1 takes a hold back.
REASONS: Final = {
    "unspecified": 0,
    "keyCompromise": 1,
    "cACompromise": 2,
    "affiliationChanged": 3,
    "superseded": 4,
    "cessationOfOperation": 5,
    "certificateHold": 6,
    "removeFromCRL": -1,
}
_NUMBER: Final = re.compile(r"(?:0x[0-9a-fA-F]+ \((\d+)\)|(\d+))")


@unique
class Disposition(IntEnum):
    """How a request stands, as the CA's database numbers it."""

    PENDING = 9
    ISSUED = 20
    REVOKED = 21
    FAILED = 30
    DENIED = 31


@dataclass(frozen=True, slots=True)
class Request:
    """A request in the CA's database."""

    number: int
    disposition: int
    message: str


@dataclass(frozen=True, slots=True)
class MicrosoftCa:
    """Every method raises ProgramError when a program fails."""

    name: str
    certreq: tuple[str, ...]
    certutil: tuple[str, ...]
    run: Run

    def last(self) -> int:
        """The number of the newest request; 0 when there is none yet."""
        rows = self._view("RequestId==$", "RequestId")
        return max((_number(row[0]) for row in rows), default=0)

    def find(self, order: str, since: int) -> Request | None:
        """The request that bears the name of this order, among those after that number."""
        columns = "RequestId,Request.Disposition,Request.RequestAttributes,Request.DispositionMessage"
        for row in self._view(f"RequestId>{since}", columns):
            if len(row) > 2 and f"{ATTRIBUTE}:{order}" in row[2].split():  # noqa: PLR2004 - the third column
                return Request(_number(row[0]), _number(row[1]), row[3] if row[3:] else "")
        return None

    def state(self, number: int) -> Request:
        """How a request of ours stands now."""
        rows = self._view(f"RequestId={number}", "RequestId,Request.Disposition,Request.DispositionMessage")
        for row in rows:
            return Request(_number(row[0]), _number(row[1]), row[2] if row[2:] else "")
        raise ProgramError(f"request {number} is not in the database")

    def submit(self, order: str, request: Path, *, template: str, answer: Path) -> None:
        """Hand a request in; what came of it is found in the database, whatever the program says."""
        attributes = rf"CertificateTemplate:{template}\n{ATTRIBUTE}:{order}"
        flags = ("-submit", "-f", "-q", "-config", self.name, "-attrib", attributes)
        self.run([*self.certreq, *flags, str(request), str(answer)])

    def retrieve(self, number: int, answer: Path) -> None:
        """The certificate that was issued for a request."""
        _well(self.run([*self.certreq, "-retrieve", "-f", "-q", "-config", self.name, str(number), str(answer)]))

    def revoke(self, serial: str, reason: str) -> None:
        """Revoke, put on hold or release by the serial number, and publish a list that says so."""
        whole = serial.zfill(len(serial) + len(serial) % 2)
        _well(self._certutil("-revoke", whole, str(REASONS[reason])))
        _well(self._certutil("-CRL"))

    def list_revoked(self, to: Path) -> None:
        """The newest list of revoked certificates."""
        _well(self._certutil("-f", "-getcrl", str(to)))

    def _view(self, restriction: str, columns: str) -> Iterator[Sequence[str]]:
        said = _well(self._certutil("-view", "-restrict", restriction, "-out", columns, "csv"))
        rows = csv.reader(said.text.splitlines(keepends=True))
        return (row for row in rows if row and _NUMBER.fullmatch(row[0].strip()))

    def _certutil(self, *arguments: str) -> Said:
        return self.run([*self.certutil, "-config", self.name, *arguments])


def _well(said: Said) -> Said:
    if said.code:
        raise ProgramError(f"ended with {said.code}: {' '.join(said.text.split())[:500]}")
    return said


def _number(cell: str) -> int:
    found = _NUMBER.match(cell.strip())
    if found is None:
        raise ProgramError(f"no number: {cell[:40]!r}")
    return int(found[1] or found[2])
