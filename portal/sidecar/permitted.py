"""What may be signed: the canonical SignedInfo of one СМЭВ signature by the key's own algorithms, nothing else."""

import re
from typing import Final

_DS: Final = "http://www.w3.org/2000/09/xmldsig#"
_EXCLUSIVE: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
_TRANSFORM: Final = "urn://smev-gov-ru/xmldsig/transform"
_URNS: Final = "urn:ietf:params:xml:ns:cpxmlsec:algorithms:"
_DIGEST: Final = {256: "[A-Za-z0-9+/]{43}=", 512: "[A-Za-z0-9+/]{86}=="}


def _form(bits: int) -> re.Pattern[bytes]:
    method = f"{_URNS}gostr34102012-gostr34112012-{bits}"
    pieces = (
        f'<ds:SignedInfo xmlns:ds="{_DS}">',
        f'<ds:CanonicalizationMethod Algorithm="{_EXCLUSIVE}"></ds:CanonicalizationMethod>',
        f'<ds:SignatureMethod Algorithm="{method}"></ds:SignatureMethod>',
        '<ds:Reference URI="#',
        "</ds:Transforms>",
        f'<ds:DigestMethod Algorithm="{_URNS}gostr34112012-{bits}"></ds:DigestMethod><ds:DigestValue>',
        "</ds:DigestValue></ds:Reference></ds:SignedInfo>",
    )
    transforms = (
        f'"><ds:Transforms><ds:Transform Algorithm="{_EXCLUSIVE}"></ds:Transform>'
        f'<ds:Transform Algorithm="{_TRANSFORM}"></ds:Transform>'
    )
    before, after, end = "".join(pieces[:4]), transforms + "".join(pieces[4:6]), pieces[6]
    pattern = f"{re.escape(before)}[A-Za-z_][A-Za-z0-9_.-]{{0,63}}{re.escape(after)}{_DIGEST[bits]}{re.escape(end)}"
    return re.compile(pattern.encode())


_FORMS: Final = {256: _form(256), 512: _form(512)}


def permitted(signed_info: bytes, bits: int) -> bool:
    """Whether these octets are the one thing this process signs."""
    return _FORMS[bits].fullmatch(signed_info) is not None
