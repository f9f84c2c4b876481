"""A file of people as a table: its encoding and separator found out, each row with the line it begins on."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from portal.domain.errors import InvalidInput

MOST_ROWS: Final = 20_000
MOST_COLUMNS: Final = 60
_SEPARATORS: Final = (";", ",", "\t")
_MARKS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
#: A sheet would take what begins so for a formula; we lead such a cell with an apostrophe, and take it off again.
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one person, and the line of the file they begin on."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A file that was read."""

    encoding: str
    separator: str
    header: tuple[str, ...]
    rows: tuple[Row, ...]


class BadTable(InvalidInput):
    """The file is no table; ``line`` is where that showed, 0 for the whole file."""

    def __init__(self, code: str, line: int = 0) -> None:
        super().__init__({"file": code})
        self.line = line


def read_table(raw: bytes) -> Table:
    """The table in a file of UTF-8, with or without its mark, or CP1251; raises BadTable."""
    encoding, text = _text(raw)
    first = text.lstrip("\r\n").partition("\n")[0]
    separator = max(_SEPARATORS, key=first.count)
    rows = list(_rows(text, separator))
    if not rows:
        raise BadTable("empty_file")
    header = tuple(" ".join(cell.split()) for cell in rows[0].cells)
    if not 2 <= len(header) <= MOST_COLUMNS:  # noqa: PLR2004  a login alone tells nothing of anybody
        raise BadTable("no_columns")
    if len(rows) == 1:
        raise BadTable("empty_file")
    return Table(encoding, separator, header, tuple(rows[1:]))


def plain(cell: str) -> str:
    """A cell without the apostrophe that keeps a sheet from calculating it."""
    return cell[1:] if cell.startswith("'") and cell[1:2] in FORMULA else cell


def harmless(value: str) -> str:
    """A value no sheet takes for a formula."""
    return f"'{value}" if value.startswith(FORMULA) else value


def _text(raw: bytes) -> tuple[str, str]:
    marked = next((name for mark, name in _MARKS if raw.startswith(mark)), None)
    for encoding in (marked,) if marked else ("utf-8", "cp1251"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return encoding, text
    raise BadTable("not_text")


def _rows(text: str, separator: str) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    begins, found = 1, 0
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                found += 1
                if found > MOST_ROWS + 1:
                    raise BadTable("too_many_rows", begins)
                yield Row(begins, tuple(cells))
            begins = reader.line_num + 1
    except csv.Error as error:
        raise BadTable("bad_quotes", begins) from error
