"""What a policy may be put together from: what authorities issue, the common certificates that exist, known words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from portal.domain.attributes import KNOWN_ATTRIBUTES
from portal.domain.certificate import Purpose
from portal.domain.policy import CommonCertificate


@dataclass(frozen=True, slots=True)
class OfferedTemplate:
    """A kind of certificate an authority issues.

    ``needs`` names alternative names without which it refuses; ``escrow`` says that it keeps copies of keys.
    """

    name: str
    purpose: Purpose
    validity: timedelta
    needs: frozenset[str] = frozenset()
    escrow: bool = False


@dataclass(frozen=True, slots=True)
class PolicyOffers:
    """Everything a draft is checked against.

    An authority that cannot be read stands in ``silent``: what its templates say cannot be checked now; one outside
    is believed what it told when ``as_of`` says.
    ``commons`` holds the newest version of each, ``types`` the device types that are known.
    ``exchange`` says that registers of the state can be asked.
    """

    authorities: Mapping[str, tuple[OfferedTemplate, ...]]
    commons: tuple[CommonCertificate, ...] = ()
    types: tuple[str, ...] = ()
    attributes: tuple[str, ...] = KNOWN_ATTRIBUTES
    silent: frozenset[str] = field(default=frozenset())
    exchange: bool = False
    as_of: Mapping[str, datetime] = field(default_factory=dict)

    def template(self, ca: str, name: str) -> OfferedTemplate | None:
        """The authority's template of this name."""
        return next((one for one in self.authorities.get(ca, ()) if one.name == name), None)

    def common(self, name: str) -> CommonCertificate | None:
        """The newest version of the common certificate of this name."""
        return next((one for one in self.commons if one.name == name), None)
