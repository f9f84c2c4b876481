"""From what was typed to an authority behind EST."""

from dataclasses import replace
from typing import Final

from portal.connectors.ca.believing import believed, key_hash_of, trusted
from portal.connectors.ca.est.authority import EstAuthority
from portal.connectors.ca.listed import Listed
from portal.connectors.ca.tracing import met, traced
from portal.connectors.http import Server
from portal.domain.connectors.est import EstSettings, est_settings
from portal.ports.clock import Clock
from portal.ports.connectors import ConnectorValues, Trace, TraceStep

_CHECK_WITHIN: Final = 4.0


def opened(values: ConnectorValues, clock: Clock) -> EstAuthority:
    """Nothing is asked before the first order; raises InvalidInput or ValueError."""
    settings = est_settings(values.all)
    anchors = trusted(settings.trusted)
    lists = Server(settings.revocations, trust=settings.server_trusted) if settings.revocations else None
    listed = Listed(lists, anchors, clock, settings.poll)
    return EstAuthority(_server(settings), anchors, listed, clock, settings.poll)


def checked(values: ConnectorValues, clock: Clock) -> Trace:
    """Whether it is there, speaks EST, and is the authority we trust. Nobody is let in before an order is given."""
    settings = est_settings(values.all)
    server = replace(_server(settings), connect_within=_CHECK_WITHIN, answer_within=_CHECK_WITHIN)
    anchors = trusted(settings.trusted)
    authority = EstAuthority(server, anchors, Listed(None, anchors, clock, settings.poll), clock, settings.poll)

    def own() -> str:
        sent = authority.authorities()
        believed(key_hash_of(sent[0]), sent, anchors, clock.now())
        return f"{len(sent)}"

    def attributes() -> str:
        return f"csrattrs: HTTP {authority.attributes()}"

    return traced((met(server), (TraceStep.CERTIFICATES, own), (TraceStep.PROTOCOL, attributes)))


def _server(settings: EstSettings) -> Server:
    return Server(
        settings.address,
        trust=settings.server_trusted,
        certificate=settings.certificate,
        key=settings.key,
        user=settings.user,
        password=settings.password,
    )
