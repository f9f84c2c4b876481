"""The work-horse: the product's own runner, in a process that ends with the job, as workers have it."""

import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from jobs.runtime import runner
from portal.bootstrap import build
from portal.connectors.ca.cmp.authority import CmpAuthority
from portal.connectors.ca.django_ca.authority import DjangoCa
from portal.connectors.ca.est.authority import EstAuthority
from portal.connectors.clock import ShiftedClock
from portal.connectors.opening import open_authority
from portal.domain.ids import UpdateId
from portal.domain.update_steps import StepKind
from portal.ports.certificate_authority import CertificateAuthority
from portal.ports.connectors import ConnectorValues
from portal.ports.journal import StepRecord
from portal.ports.token import Pin
from portal.services.boundaries import Boundary
from portal.settings import Settings
from tests.support.tokens import PIN
from tests.support.unhurried import patient, unhurried

#: Longer than any pause and any claim of somebody who died.
LATER: Final = timedelta(minutes=6)


@dataclass(frozen=True, slots=True)
class Ride:
    """Which update is carried how far; ``ahead`` is how much later it is by then."""

    update: int
    ahead: timedelta
    dies: bool = False


def carried(env: Mapping[str, str], ride: Ride) -> None:
    """Hand over the PIN and carry the update as far as it goes now."""
    os.environ.update(env)
    settings = Settings.from_env({name: value for name, value in env.items() if name.startswith("KLYUCHNIK_")})
    clock = ShiftedClock(ride.ahead)
    portal = build(settings, clock)
    portal.authorities.opens = lambda values: _patiently(values, clock)
    update = UpdateId(ride.update)
    portal.updates.enter_pin(update, Pin(PIN), actor="operator")
    runner(portal, _dying if ride.dies else _living).advance(update)
    portal.database.close()


def _patiently(values: ConnectorValues, clock: ShiftedClock) -> CertificateAuthority:
    match open_authority(values, clock):
        case DjangoCa() as judge:
            return unhurried(judge)
        case EstAuthority() as neighbour:
            return unhurried(neighbour)
        case CmpAuthority() as messenger:
            lists = messenger.listed.server
            listed = replace(messenger.listed, server=patient(lists) if lists else None)
            return replace(
                messenger, talk=replace(messenger.talk, server=patient(messenger.talk.server)), listed=listed
            )
        case other:
            return other


def _living(_boundary: Boundary, _record: StepRecord) -> None:
    """Nothing happens."""


def _dying(boundary: Boundary, record: StepRecord) -> None:
    """The line and the process are gone before anybody writes down what the authority said."""
    if record.step.kind is StepKind.REQUEST_CERTIFICATE and boundary is Boundary.AFTER_EFFECT:
        os.kill(os.getpid(), signal.SIGKILL)
