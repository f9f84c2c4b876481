"""The watcher: tells which tokens are plugged into this machine, without a PIN. ``python -m jobs.presence``."""

import logging
import socket
from collections.abc import Sequence
from contextlib import suppress

from jobs.loop import stop_on_signals
from jobs.runtime import runtime
from portal.bootstrap import Portal
from portal.connectors.token.watch import watch
from portal.domain.contents import TokenSighting

_log = logging.getLogger(__name__)


class Teller:
    """Tells Redis at once what is seen, and the database what is new of it."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def __call__(self, sightings: Sequence[TokenSighting]) -> None:
        """Publish one look."""
        self._portal.presence.publish(sightings)
        for sighting in sightings:
            try:
                self._portal.devices.sighted(sighting)
            except Exception:  # noqa: BLE001 - one device must not hide the tokens of all; it is told again at the next look
                _log.warning("sighting of %s not stored", sighting.serial, exc_info=True)


def main() -> None:
    """Watch until told to stop."""
    portal = runtime()
    settings = portal.settings
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    modules = [str(module) for module in settings.pkcs11_modules]
    interval = settings.presence_interval.total_seconds()
    with suppress(KeyboardInterrupt):
        watch(modules, Teller(portal), stop_on_signals(), every=interval, where=socket.gethostname())


if __name__ == "__main__":
    main()
