"""From the settings to a way into the exchange."""

from pathlib import Path

from portal.connectors.smev.adapter import AdapterExchange
from portal.connectors.smev.adapter_messages import Addressed
from portal.connectors.smev.direct import DirectExchange
from portal.connectors.smev.http import Endpoint
from portal.connectors.smev.signers.pinned import PinnedTrust
from portal.connectors.smev.signers.sidecar import SidecarSigner
from portal.connectors.smev.versions import VERSIONS
from portal.domain.exchange_settings import ExchangeSettings, Transport
from portal.domain.exchange_trust import certificates_in
from portal.ports.clock import Clock
from portal.ports.exchange import MessageExchange


def open_exchange(settings: ExchangeSettings, clock: Clock) -> MessageExchange:
    """The transport these settings speak of; nothing is connected before the first message."""
    endpoint = Endpoint(settings.address, authority=settings.authority)
    if settings.transport is Transport.ADAPTER:
        return AdapterExchange(endpoint, Addressed(settings.system, settings.node))
    signer = SidecarSigner(Path(settings.signer))
    named = frozenset(certificates_in(settings.trusted.encode())) if settings.trusted else frozenset()
    verifier = PinnedTrust(signer, named) if named else signer
    return DirectExchange(endpoint, VERSIONS[settings.version], signer, verifier, clock, settings.node)
