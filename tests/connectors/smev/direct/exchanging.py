"""A direct exchange with a script at the other end."""

from datetime import UTC, datetime, timedelta

from portal.connectors.smev.direct import DirectExchange
from portal.connectors.smev.http import Endpoint
from portal.connectors.smev.signers.sidecar import SidecarSigner
from portal.connectors.smev.versions import VERSIONS
from portal.ports.exchange import (
    MessageExchange,
    OutgoingMessage,
    Received,
)
from tests.connectors.smev import said
from tests.support.smev_scripted import Script

CONTENT = "<k:Request xmlns:k='urn:kind/1.0'><k:Фамилия>Ёлкина</k:Фамилия></k:Request>".encode()
MESSAGE = OutgoingMessage(said.OURS, CONTENT)


class Later:
    """The time now, a little later than the certificates begin."""

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(minutes=10)


def exchange_of(server: Script, signer: SidecarSigner, number: str = "1.3", *, patience: float = 120) -> DirectExchange:
    endpoint = Endpoint(server.url, answer_timeout=patience)
    return DirectExchange(endpoint, VERSIONS[number], signer, signer, Later())


def received(exchange: MessageExchange) -> Received:
    answer = exchange.next_answer()
    assert isinstance(answer, Received)
    return answer
