"""What a program is told of requests before it makes one: read back by a library of ASN.1."""

from base64 import b64decode
from typing import Any, Final

from asn1crypto import core
from asn1crypto import x509 as asn1
from werkzeug.test import TestResponse

from portal.bootstrap import BUILTIN_CA, Portal
from portal.connectors.ca.builtin.setup import create_authority
from portal.domain.certificate import KeyAlgorithm
from tests.support.pki import CA_SUBJECT
from tests.web.visits import Visit

EST: Final = "/.well-known/est"


class Values(core.SetOf):  # type: ignore[misc]
    """Of an attribute."""

    _child_spec = core.Any


def parsed(response: TestResponse) -> dict[str, Any]:
    """The attributes by their kinds; what is an object identifier alone has no values."""
    assert (response.status_code, response.headers["Content-Type"]) == (200, "application/csrattrs")
    said: dict[str, Any] = {}
    for part in core.SequenceOf.load(b64decode(response.data), strict=True, spec=core.Any):
        one = part.parse()
        if isinstance(one, core.ObjectIdentifier):
            said[one.dotted] = None
        else:
            said[one[0].dotted] = [value.parse() for value in Values.load(one[1].dump(), strict=True)]
    return said


def test_what_a_request_had_best_say(stranger: Visit, portal: Portal) -> None:
    create_authority(portal.ca_place, BUILTIN_CA, subject=CA_SUBJECT, algorithm=KeyAlgorithm.EC_P256)
    said = parsed(stranger.client.get(f"{EST}/domain-logon/csrattrs"))
    assert {one.dotted for one in said["1.2.840.10045.2.1"]} == {"1.2.840.10045.3.1.7", "1.3.132.0.34"}
    assert {one.native for one in said["1.2.840.113549.1.1.1"]} == {2048, 3072, 4096}
    ((extension,),) = (asn1.Extensions.load(one.dump()) for one in said["1.2.840.113549.1.9.14"])
    assert extension["extn_id"].native == "extended_key_usage"
    assert extension["extn_value"].parsed.native == ["client_auth", "microsoft_smart_card_logon"]
    assert said["2.5.29.17"] is None
    assert "2.5.29.17" not in parsed(stranger.client.get(f"{EST}/vpn/csrattrs"))
    for nothing in ("csrattrs", "unknown/csrattrs"):
        assert stranger.client.get(f"{EST}/{nothing}").status_code == 204
