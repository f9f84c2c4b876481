"""What a request for a certificate of a template had best say (RFC 7030 4.5.2, RFC 9908): keys, usages, names."""

# ruff: noqa: RUF012 - the library is told fields in lists
from typing import Any, Final

from asn1crypto import core, x509

from portal.connectors.ca.builtin.templates import CaTemplate

EC_KEY: Final = "1.2.840.10045.2.1"
RSA_KEY: Final = "1.2.840.113549.1.1.1"
EXTENSIONS: Final = "1.2.840.113549.1.9.14"
ALTERNATIVE_NAME: Final = "2.5.29.17"
_CURVES: Final = ("1.2.840.10045.3.1.7", "1.3.132.0.34")
_SIZES: Final = (2048, 3072, 4096)


class _Values(core.SetOf):  # type: ignore[misc]
    _child_spec = core.Any


class _Attribute(core.Sequence):  # type: ignore[misc]
    _fields = [("type", core.ObjectIdentifier), ("values", _Values)]


class _AttrOrOid(core.Choice):  # type: ignore[misc]
    _alternatives = [("oid", core.ObjectIdentifier), ("attribute", _Attribute)]


class CsrAttrs(core.SequenceOf):  # type: ignore[misc]
    """Object identifiers, and attributes with the values one may choose of."""

    _child_spec = _AttrOrOid


def attributes_of(template: CaTemplate) -> bytes:
    """In DER: the keys the authority takes, the usages it gives, and whether it needs an alternative name."""
    curves = [core.ObjectIdentifier(curve) for curve in _CURVES]
    usages = x509.ExtKeyUsageSyntax([usage.dotted_string for usage in template.usages])
    wanted = x509.Extensions([{"extn_id": "extended_key_usage", "extn_value": usages}])
    found = [
        _attribute(EC_KEY, *curves),
        _attribute(RSA_KEY, *map(core.Integer, _SIZES)),
        _attribute(EXTENSIONS, wanted),
    ]
    if template.needs:
        found.append(_AttrOrOid("oid", core.ObjectIdentifier(ALTERNATIVE_NAME)))
    return bytes(CsrAttrs(found).dump())


def _attribute(kind: str, *values: Any) -> _AttrOrOid:
    return _AttrOrOid("attribute", _Attribute({"type": kind, "values": [core.Any(value) for value in values]}))
