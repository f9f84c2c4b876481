"""Answers in parts (``multipart/related``): the exchange sends them even when there is nothing but the root part."""

import base64
import binascii
import quopri
from email.message import Message
from typing import Final

from portal.connectors.smev.safe_xml import BadXml

_PARTS: Final = 64


def root_part(body: bytes, content_type: str) -> bytes:
    """The XML of an answer; raises BadXml when it comes in parts that cannot be told apart."""
    header = _header("Content-Type", content_type)
    boundary = str(header.get_param("boundary") or "") if header.get_content_maintype() == "multipart" else ""
    if not boundary:
        return body
    parts = _split(body, boundary.encode())
    wanted = str(header.get_param("start") or "")
    chosen = next((part for part in parts if wanted and part[0].get("Content-ID", "") == wanted), parts[0])
    return _decoded(*chosen)


def _split(body: bytes, boundary: bytes) -> list[tuple[Message, bytes]]:
    pieces = (b"\r\n" + body.replace(b"\n--" + boundary, b"\r\n--" + boundary)).split(b"\r\n--" + boundary)
    if len(pieces) < 3 or len(pieces) > _PARTS or not pieces[-1].startswith(b"--"):  # noqa: PLR2004 - before, part, end
        raise BadXml("parts are cut off")
    return [_part(piece) for piece in pieces[1:-1]]


def _part(piece: bytes) -> tuple[Message, bytes]:
    """Headers and content; either may end its lines without the carriage return."""
    piece = piece.lstrip(b" \t").removeprefix(b"\r\n").removeprefix(b"\n")
    ends = [(piece.find(blank), len(blank)) for blank in (b"\r\n\r\n", b"\n\n") if blank in piece]
    if not ends:
        raise BadXml("a part without an end of its headers")
    end, length = min(ends)
    headers = Message()
    for line in piece[:end].decode("latin-1").splitlines():
        name, _, value = line.partition(":")
        headers[name.strip()] = value.strip()
    return headers, piece[end + length :].removesuffix(b"\r")


def _decoded(headers: Message, content: bytes) -> bytes:
    match headers.get("Content-Transfer-Encoding", "binary").lower():
        case "base64":
            try:
                return base64.b64decode(b"".join(content.split()), validate=True)
            except binascii.Error as error:
                raise BadXml("a part is not base64") from error
        case "quoted-printable":
            return quopri.decodestring(content)
        case _:
            return content


def _header(name: str, value: str) -> Message:
    message = Message()
    message[name] = value.replace("\r", "").replace("\n", "")
    return message
