"""The control by which Active Directory tells what changed: [MS-ADTS] 3.1.1.3.4.1.3."""

from typing import Final

from ldap.controls import KNOWN_RESPONSE_CONTROLS, LDAPControl
from pyasn1.codec.ber import decoder, encoder
from pyasn1.error import PyAsn1Error
from pyasn1.type import namedtype, univ

OID: Final = "1.2.840.113556.1.4.841"
#: Deleted entries tell nothing but that they are, so the server may send much in one answer.
_MOST_BYTES: Final = 1_048_576


class _Value(univ.Sequence):  # type: ignore[misc]
    componentType = namedtype.NamedTypes(  # noqa: N815  as the library wants it
        namedtype.NamedType("flags", univ.Integer()),
        namedtype.NamedType("size", univ.Integer()),
        namedtype.NamedType("cookie", univ.OctetString()),
    )


class DirSync(LDAPControl):  # type: ignore[misc]
    """Asks from ``cookie`` on; in an answer ``more`` tells that there is more, and ``cookie`` where to go on."""

    controlType = OID  # noqa: N815

    def __init__(self, *, cookie: bytes = b"") -> None:
        super().__init__(OID, criticality=True)
        self.cookie = cookie
        self.more = False

    def encodeControlValue(self) -> bytes:  # noqa: N802
        value = _Value()
        value["flags"], value["size"], value["cookie"] = 0, _MOST_BYTES, self.cookie
        return bytes(encoder.encode(value))

    def decodeControlValue(self, encoded: bytes) -> None:  # noqa: N802
        try:
            value, _rest = decoder.decode(encoded, asn1Spec=_Value())
            self.more, self.cookie = bool(int(value["flags"])), bytes(value["cookie"])
        except (PyAsn1Error, ValueError):
            self.more, self.cookie = False, b""


KNOWN_RESPONSE_CONTROLS[OID] = DirSync
