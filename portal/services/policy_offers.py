"""What a policy may be put together from now: what authorities issue, common certificates, device types."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from sqlalchemy import Connection, select

from portal.db.models import CommonCertificateVersion as Stored
from portal.db.models import Device, SmevSettings
from portal.db.queries.told_templates import told_when
from portal.db.transaction import Database
from portal.domain.errors import OutsideUnavailable
from portal.domain.policy import CommonCertificate
from portal.domain.policy_offers import OfferedTemplate, PolicyOffers
from portal.ports.certificate_authority import Authorities, TemplateLister


@dataclass(frozen=True, slots=True)
class Offers:
    """Gathers what drafts are made from and checked against; ``names`` tells the configured authorities."""

    database: Database
    authorities: Authorities
    names: Callable[[], Collection[str]]

    def gather(self) -> PolicyOffers:
        """Everything on offer; an authority of which nothing is known is named as silent. Nobody is called."""
        answers = {name: self._templates(name) for name in self.names()}
        with self.database.read() as connection:
            commons, types, as_of = _commons(connection), _types(connection), told_when(connection)
            exchange = connection.execute(select(SmevSettings.id)).first() is not None
        return PolicyOffers(
            {name: offered for name, offered in answers.items() if offered is not None},
            commons,
            types,
            silent=frozenset(name for name, offered in answers.items() if offered is None),
            exchange=exchange,
            as_of=as_of,
        )

    def _templates(self, name: str) -> tuple[OfferedTemplate, ...] | None:
        try:
            authority: object = self.authorities.get(name)
            return authority.offered_templates() if isinstance(authority, TemplateLister) else None
        except OutsideUnavailable:
            return None


def _commons(connection: Connection) -> tuple[CommonCertificate, ...]:
    query = select(Stored.name, Stored.version, Stored.fingerprint).order_by(Stored.name, Stored.version)
    newest = {row.name: CommonCertificate(row.name, row.version, row.fingerprint) for row in connection.execute(query)}
    return tuple(newest.values())


def _types(connection: Connection) -> tuple[str, ...]:
    found: list[str] = []
    newer = select(Device.type).order_by(Device.type).limit(1)
    following = connection.execute(newer.where(Device.type != "")).scalar_one_or_none()
    while following is not None:  # one look per type: a fleet has a handful of them on a million rows
        found.append(following)
        following = connection.execute(newer.where(Device.type > following)).scalar_one_or_none()
    return tuple(found)
