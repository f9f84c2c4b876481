"""A server of CMP that answers as a test says, and a connector to it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from asn1crypto import core
from asn1crypto import x509 as asn1

from portal.connectors.ca.cmp.authority import CmpAuthority
from portal.connectors.ca.cmp.envelope import Head, Message, compose, read
from portal.connectors.ca.cmp.protection import Shared
from portal.connectors.ca.cmp.status import Status, said
from portal.connectors.clock import SystemClock
from portal.domain.connector_kinds import ConnectorKind
from portal.ports.connectors import ConnectorValues
from tests.support.cmp_peer import unhurried_cmp
from tests.support.foreign_pki import foreign_root
from tests.support.scripted_https import Said, scripted_https

CLOCK = SystemClock()
ROOT = foreign_root("Judge")
SECRET = b"a secret of two"

Answer = Callable[[Message], bytes]


def by_secret(kind: str, content: Any, **head: Any) -> Answer:
    """The same answer to everything, proven by the secret."""

    def answer(asked: Message) -> bytes:
        told = {"transaction": asked.head.transaction, "answers": asked.head.nonce, **head}
        return compose(kind, content, Head(**told), Shared(b"portal", SECRET))

    return answer


def a_reply(*certificates: bytes) -> dict[str, Any]:
    """A cp with these, a response each."""
    pairs = [{"certificate": ("certificate", asn1.Certificate.load(one))} for one in certificates]
    return {"response": [{"cert_req_id": 0, "status": said(Status.ACCEPTED), "pair": pair} for pair in pairs]}


@contextmanager
def a_server(answer: Answer | Said, *, confirms: bool = False) -> Iterator[tuple[CmpAuthority, list[str]]]:
    """A connector to a server that answers so, confirmations too if it is told to, and the kinds of what it heard."""
    heard = list[str]()

    def answered(_method: str, _path: str, body: bytes) -> Said:
        asked = read(body)
        heard.append(asked.kind)
        if isinstance(answer, Said):
            return answer
        return Said(
            body=answer(asked) if confirms or asked.kind != "certconf" else by_secret("pkiconf", core.Null())(asked)
        )

    with scripted_https(answered) as script:
        plain = {"address": script.address, "server_trusted": script.trust, "trusted": ROOT.pem, "profiles": "vpn"}
        plain |= {"profile_in": "nowhere", "reference": "portal", "answer_seconds": "30", "poll_minutes": "5"}
        values = ConnectorValues(ConnectorKind.CA_CMP, "liar", plain, {"secret": SECRET.decode()})
        yield unhurried_cmp(values, CLOCK), heard
