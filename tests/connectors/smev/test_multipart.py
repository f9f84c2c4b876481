"""Answers that come in parts."""

import base64
from pathlib import Path

import pytest

from portal.connectors.smev.answers import payload_of
from portal.connectors.smev.multipart import root_part
from portal.connectors.smev.safe_xml import BadXml, parse, qualified

TYPE = 'multipart/related; type="application/xop+xml"; boundary="B1"; start="<root>"; start-info="text/xml"'
ROOT = b"<a>\r\n--not a boundary\r\n</a>"


def parts(*pieces: tuple[bytes, bytes], end: bytes = b"\r\n", boundary: bytes = b"B1") -> bytes:
    said = b"".join(b"--" + boundary + end + headers + end + end + body + end for headers, body in pieces)
    return said + b"--" + boundary + b"--" + end


@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
def test_the_root_is_found_by_its_name(end: bytes) -> None:
    body = parts((b"Content-ID: <file>", b"\x00\xff"), (b"Content-ID: <root>", ROOT), end=end)
    assert root_part(body, TYPE) == ROOT


def test_without_a_name_the_first_part_is_the_root() -> None:
    body = b"preamble\r\n" + parts((b"Content-Type: text/xml", ROOT), (b"Content-ID: <file>", b"x"))
    assert root_part(body, "multipart/related; boundary=B1") == ROOT


@pytest.mark.parametrize(
    ("encoding", "octets"),
    [
        (b"base64", base64.encodebytes("<a>ё</a>".encode())),
        (b"quoted-printable", b"<a>=D1=91</a>"),
        (b"8bit", "<a>ё</a>".encode()),
        (b"BINARY", "<a>ё</a>".encode()),
    ],
)
def test_encodings(encoding: bytes, octets: bytes) -> None:
    body = parts((b"Content-Transfer-Encoding: " + encoding, octets.rstrip(b"\n")))
    assert root_part(body, "multipart/related; boundary=B1") == "<a>ё</a>".encode()


@pytest.mark.parametrize(
    "content_type", ["text/xml; charset=utf-8", "", "multipart/related", 'text/xml; boundary="B1"']
)
def test_what_does_not_come_in_parts_is_left_as_it_is(content_type: str) -> None:
    assert root_part(ROOT, content_type) == ROOT


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--B1\r\n\r\n<a/>",
        b"--B1\r\n\r\n<a/>\r\n--B1\r\n",
        parts((b"no end of headers", b""))[:-20] + b"\r\n--B1--",
        parts(*[(b"A: b", b"x")] * 100),
        parts((b"Content-Transfer-Encoding: base64", b"*")),
    ],
)
def test_what_is_cut_off_or_too_much_is_refused(body: bytes) -> None:
    with pytest.raises(BadXml):
        root_part(body, "multipart/related; boundary=B1")


def test_the_recorded_empty_queue_in_parts(official: Path) -> None:
    body = (official / "recorded" / "GetResponseResponce_MultipartEmptyQueue.xml").read_bytes()
    boundary = body.split(b"\n", 1)[0].strip().removeprefix(b"--").decode()
    payload = payload_of(parse(root_part(body, f'multipart/related; boundary="{boundary}"')), body)
    assert payload is not None
    assert qualified(payload)[1] == "GetResponseResponse"
    assert not len(payload)
