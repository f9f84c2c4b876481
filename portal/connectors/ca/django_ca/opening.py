"""From what was typed to an authority of django-ca."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from portal.connectors.ca.believing import believed, key_hash_of, trusted
from portal.connectors.ca.django_ca.authority import DjangoCa
from portal.connectors.ca.django_ca.talk import Talk
from portal.connectors.ca.tracing import met, traced
from portal.connectors.http import Server
from portal.domain.connectors.django_ca import DjangoCaSettings, django_ca_settings
from portal.ports.clock import Clock
from portal.ports.connectors import ConnectorValues, Trace, TraceStep

_CHECK_WITHIN: Final = 4.0


def opened(values: ConnectorValues, clock: Clock) -> DjangoCa:
    """Nothing is asked before the first order; raises InvalidInput or ValueError."""
    settings = django_ca_settings(values.all)
    return DjangoCa(
        Talk(_server(settings), settings.ca_serial),
        trusted(settings.trusted),
        clock,
        timedelta(minutes=settings.poll_minutes),
        timedelta(seconds=settings.settle_seconds),
        timedelta(minutes=settings.queue_minutes),
    )


def checked(values: ConnectorValues, clock: Clock) -> Trace:
    """Whether it is there, lets us in, is the authority we trust, and what it issues."""
    settings = django_ca_settings(values.all)
    server = replace(_server(settings), connect_within=_CHECK_WITHIN, answer_within=_CHECK_WITHIN)
    talk = Talk(server, settings.ca_serial)

    def names() -> str:
        return ", ".join(one.name for one in talk.profiles() if not one.automatic)

    def own() -> str:
        der = talk.authority().der
        anchors = trusted(settings.trusted)
        believed(key_hash_of(der), (der,), anchors, clock.now())
        return settings.ca_serial

    return traced((met(server), (TraceStep.PROFILES, names), (TraceStep.CERTIFICATES, own)))


def _server(settings: DjangoCaSettings) -> Server:
    return Server(settings.address, trust=settings.server_trusted, user=settings.user, password=settings.password)
