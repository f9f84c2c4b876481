"""What a list of devices may be narrowed to."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from portal.db.words import typed_words
from portal.domain.device import DeviceState
from portal.domain.findings import UpdateReason
from portal.domain.ids import PolicyId

#: Nearly every device is in this state: as a filter it leaves nearly everything.
COMMON_STATE: Final = DeviceState.ISSUED


@dataclass(frozen=True, slots=True)
class DeviceFilter:
    """What a list of devices is narrowed to; empty fields narrow nothing.

    ``expires_from`` and ``expires_before`` bound the end of the first certificate to expire;
    ``due`` keeps devices that need an update, ``troubled`` those with a problem such as no policy, ``tag`` those that
    carry it.
    """

    text: str = ""
    state: DeviceState | None = None
    reason: UpdateReason | None = None
    policy: PolicyId | None = None
    expires_from: datetime | None = None
    expires_before: datetime | None = None
    due: bool = False
    troubled: bool = False
    tag: str = ""

    @property
    def rare_state(self) -> bool:
        """Whether the state leaves few devices."""
        return self.state not in {None, COMMON_STATE}

    @property
    def by_expiry(self) -> bool:
        """Whether the list is in order of expiry; otherwise it is in order of registration."""
        bounded = self.expires_from is not None or self.expires_before is not None
        return bounded and not (typed_words(self.text) or self.tag or self.reason or self.troubled or self.rare_state)
