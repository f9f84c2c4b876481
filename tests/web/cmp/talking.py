"""What nobody but a test would send, and what is answered."""

from typing import Any

from asn1crypto import csr
from werkzeug.test import TestResponse

from portal.connectors.ca.cmp.envelope import MEDIA_TYPE, Head, Message, compose, read
from portal.connectors.ca.cmp.protection import Shared
from portal.connectors.ca.cmp.status import Status, heard
from tests.support.cmp_peer import ACCOUNT, CmpPeer
from tests.support.pki import Key, a_named_order

CMP = "/.well-known/cmp"


def asked(
    peer: CmpPeer,
    kind: str,
    content: Any,
    *,
    transaction: bytes = b"t" * 16,
    path: str = f"{CMP}/p/vpn",
    by: Any = None,
) -> Message:
    protection = by or Shared(ACCOUNT.encode(), peer.secret.encode())
    response = sent(peer, compose(kind, content, Head(transaction), protection), path)
    assert response.status_code == 200, response.text
    return read(response.data)


def sent(peer: CmpPeer, data: bytes, path: str = CMP, kind: str = MEDIA_TYPE) -> TestResponse:
    return peer.app.test_client().post(path, data=data, content_type=kind)


def a_wish(key: Key) -> Any:
    return csr.CertificationRequest.load(a_named_order("x", key).request)


def given_by(answer: Message) -> bytes:
    (response,) = answer.content["response"]
    assert heard(response["status"]).granted, heard(response["status"])
    return bytes(response["pair"]["certificate"].chosen.untag().dump())


def failure(answer: Message) -> set[int]:
    status = answer.content["status"] if answer.kind == "error" else answer.content["response"][0]["status"]
    assert heard(status).status == Status.REJECTION
    return set(heard(status).failures)
