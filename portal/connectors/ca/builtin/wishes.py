"""Orders out of requests of RFC 4211, where the names and the key stand in a template."""

from typing import Any

from asn1crypto import core, x509

from portal.connectors.ca.builtin.names import UPN
from portal.connectors.ca.builtin.orders import BadOrder
from portal.connectors.ca.crmf import CertReqMsg
from portal.connectors.x509 import SHORT_NAMES
from portal.ports.certificate_authority import CertificateOrder

Pairs = tuple[tuple[str, str], ...]


def order_of_wish(request: bytes, *, template: str, order_id: str, instead: bytes = b"") -> CertificateOrder:
    """The order of one request; names it leaves out are those of the certificate it comes after. Raises BadOrder."""
    try:
        wish = CertReqMsg.load(request, strict=True)["cert_req"]["cert_template"]
        subject, alternative = _fields(wish["subject"]), _alternatives(wish["extensions"])
        former = names_of(instead) if instead else (subject, alternative)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadOrder("bad_request", str(error)[:200]) from error
    wished = (subject or former[0], alternative or former[1])
    if any(sorted(one) != sorted(other) for one, other in zip(wished, former, strict=True)):
        raise BadOrder("bad_name", "other names than those of the certificate")
    return CertificateOrder(order_id, template, request, *wished)


def names_of(certificate: bytes) -> tuple[Pairs, Pairs]:
    """Subject and alternative names of a certificate; raises ValueError and BadOrder."""
    body = x509.Certificate.load(certificate)["tbs_certificate"]
    return _fields(body["subject"]), _alternatives(body["extensions"])


def _fields(name: Any) -> Pairs:
    if isinstance(name, core.Void):
        return ()
    pairs = [pair for part in name.chosen for pair in part]
    unknown = next((pair["type"].dotted for pair in pairs if pair["type"].dotted not in SHORT_NAMES), None)
    if unknown:
        raise BadOrder("bad_name", unknown)
    return tuple((SHORT_NAMES[pair["type"].dotted], str(pair["value"].native)) for pair in pairs)


def _alternatives(extensions: Any) -> Pairs:
    if isinstance(extensions, core.Void):
        return ()
    named = [one["extn_value"].parsed for one in extensions if one["extn_id"].native == "subject_alt_name"]
    return tuple(_alternative(name) for names in named for name in names)


def _alternative(name: Any) -> tuple[str, str]:
    if name.name == "rfc822_name":
        return "email", str(name.native)
    if name.name == "dns_name":
        return "dns", str(name.native)
    if name.name == "other_name" and name.chosen["type_id"].dotted == UPN.dotted_string:
        return "upn", str(name.chosen["value"].native)
    raise BadOrder("bad_name", name.name)
