"""From what was typed to a provider people sign in with."""

from collections.abc import Callable
from typing import Final

from portal.connectors.ca.tracing import met, traced
from portal.connectors.http import Server
from portal.connectors.signin.oidc.metadata import Provider
from portal.connectors.signin.oidc.provider import OidcProvider
from portal.domain.connectors.oidc import oidc_settings
from portal.domain.errors import OutsideUnavailable
from portal.domain.sign_in import SignInDenied
from portal.ports.clock import Clock
from portal.ports.connectors import ConnectorValues, Trace, TraceStep

_CHECK_WITHIN: Final = 3.0


def opened(values: ConnectorValues, clock: Clock) -> OidcProvider:
    """Nothing is asked before somebody signs in; raises InvalidInput."""
    settings = oidc_settings(values.all)
    return OidcProvider(Provider(settings, clock, settings.timeout.total_seconds()))


def checked(values: ConnectorValues, clock: Clock) -> Trace:
    """Whether it is there, tells of itself what is needed, and shows keys. Nobody signs in."""
    settings = oidc_settings(values.all)
    provider = Provider(settings, clock, _CHECK_WITHIN)
    server = Server(settings.issuer, trust=settings.trusted, connect_within=_CHECK_WITHIN, answer_within=_CHECK_WITHIN)

    def described() -> str:
        return _told(lambda: provider.metadata().place("authorization_endpoint"))

    def keys() -> str:
        return _told(lambda: f"{len(provider.keys(lambda _known: True).keys)}")

    return traced((met(server), (TraceStep.PROTOCOL, described), (TraceStep.KEYS, keys)))


def _told(find: Callable[[], str]) -> str:
    try:
        return find()
    except (OutsideUnavailable, SignInDenied) as error:
        raise ValueError(error.data.get("detail", error.code)) from error
