"""People as lines of a file that spreadsheets open: UTF-8 with its mark, semicolons, and no cell that calculates."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from portal.domain.attributes import KNOWN_ATTRIBUTES
from portal.domain.people_columns import OTHERS
from portal.domain.people_table import harmless
from portal.domain.person_data import IDENTITY

#: What identifies a person to the state stays here.
EXPORTED: Final = (*(name for name in KNOWN_ATTRIBUTES if name not in IDENTITY), *OTHERS)
_MARK: Final = "\ufeff"
_LINES: Final = 200


def csv_lines(header: Sequence[str], rows: Iterable[Mapping[str, str]]) -> Iterator[bytes]:
    """The file, in pieces."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    buffer.write(_MARK)
    writer.writerow(map(harmless, header))
    for number, row in enumerate(rows, 1):
        writer.writerow(harmless(row.get(name, "")) for name in EXPORTED)
        if number % _LINES == 0:
            yield _taken(buffer)
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()
