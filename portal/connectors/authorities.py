"""The configured certification authorities by name; each is opened when somebody first asks for it."""

from collections.abc import Callable, Mapping

from portal.connectors.ca.builtin.store import StoreDown
from portal.domain.errors import OutsideUnavailable
from portal.ports.certificate_authority import CertificateAuthority

Opening = Callable[[], CertificateAuthority | None]


class ConfiguredAuthorities:
    """An authority that was never set up is opened again each time, so that it appears once it is."""

    def __init__(self, openings: Mapping[str, Opening]) -> None:
        self._openings = dict(openings)
        self._open: dict[str, CertificateAuthority] = {}

    def get(self, name: str) -> CertificateAuthority | None:
        if name not in self._open and name in self._openings:
            try:
                found = self._openings[name]()
            except StoreDown as error:
                raise OutsideUnavailable("ca_unavailable", ca=name) from error
            if found is None:
                return None
            self._open[name] = found
        return self._open.get(name)
