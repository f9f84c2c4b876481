"""Authorities by name: the one that comes with the product, and those that are connected."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from sqlalchemy import select

from portal.db.models import Connector
from portal.db.transaction import Database
from portal.domain.connector_kinds import AUTHORITIES
from portal.domain.connector_profiles import PROFILES, typed_profiles
from portal.domain.errors import InvalidInput, OutsideUnavailable
from portal.domain.ids import ConnectorId
from portal.ports.certificate_authority import Authorities, CertificateAuthority
from portal.ports.connectors import ConnectorValues
from portal.ports.vault import Vault
from portal.services.connector_rows import StoredConnector, opened_secrets, stored_connector
from portal.services.connector_watch import ConnectorWatch
from portal.services.watched_authority import watched

OpensAuthority = Callable[[ConnectorValues], CertificateAuthority]


@dataclass(slots=True)
class ConnectedAuthorities:
    """``own`` is asked first; each connected one is opened when first asked for, and again when it was changed."""

    own: Authorities
    own_names: tuple[str, ...]
    database: Database
    vault: Vault
    watch: ConnectorWatch
    opens: OpensAuthority
    _open: dict[ConnectorId, tuple[object, CertificateAuthority]] = field(default_factory=dict, init=False)

    def get(self, name: str) -> CertificateAuthority | None:
        """The authority of this name; raises OutsideUnavailable when its secrets cannot be opened."""
        if name in self.own_names:
            return self.own.get(name)
        with self.database.read() as connection:
            row = stored_connector(connection, Connector.name == name)
            if row is None or row.kind not in AUTHORITIES:
                return None
            known = self._open.get(row.id)
            if known is not None and known[0] == _stamp(row):
                return known[1]
            secrets = opened_secrets(connection, self.vault, row.id)
        try:
            inner = self.opens(ConnectorValues(row.kind, row.name, row.plain, secrets))
        except (InvalidInput, ValueError) as error:  # kept by another version, which asked for less
            raise OutsideUnavailable("connector_misset", permanent=True, connector=name) from error
        found = watched(inner, self.watch.of(row), typed_profiles(row.plain.get(PROFILES, "")))
        self._open[row.id] = (_stamp(row), found)
        return found

    def names(self) -> Collection[str]:
        """Every authority there is, our own first."""
        query = select(Connector.name).where(Connector.kind.in_(AUTHORITIES)).order_by(Connector.name)
        with self.database.read() as connection:
            return (*self.own_names, *connection.execute(query).scalars())


def _stamp(row: StoredConnector) -> object:
    """Another one for each change; a number alone may come again after a removal."""
    return row.version, row.changed_at
