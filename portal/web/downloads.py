"""Lists as files: written while they are sent, so that any length fits."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from flask import Response, stream_with_context

from portal.domain.people_table import harmless

_AT_ONCE: Final = 200


def csv_download(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """A table for spreadsheets: UTF-8 with a mark, semicolons, nothing that could run as a formula."""
    return _download(name, "text/csv; charset=utf-8", _csv_lines(header, rows))


def json_download(name: str, rows: Iterable[Mapping[str, object]]) -> Response:
    """A JSON array, one object a line."""
    return _download(name, "application/json; charset=utf-8", _json_lines(rows))


def file_download(name: str, kind: str, content: bytes) -> Response:
    """Octets that are there already; never shown in the page, whatever they are."""
    response = Response(content, content_type=kind)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.headers["Cache-Control"] = "no-store"
    return response


def _download(name: str, kind: str, lines: Iterator[str]) -> Response:
    response = Response(stream_with_context(lines), content_type=kind)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.headers["Cache-Control"] = "no-store"
    return response


def _csv_lines(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    buffer.write("\ufeff")
    writer.writerow(map(harmless, header))
    for number, row in enumerate(rows, 1):
        writer.writerow(harmless(str(value)) for value in row)
        if number % _AT_ONCE == 0:
            yield _emptied(buffer)
    yield _emptied(buffer)


def _json_lines(rows: Iterable[Mapping[str, object]]) -> Iterator[str]:
    before = "[\n"
    for row in rows:
        yield before + json.dumps(row, ensure_ascii=False)
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def _emptied(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text
