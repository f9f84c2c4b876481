"""The running product of the triggers: its tokens, its authority, and what its list says is due."""

import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from cryptography import x509
from playwright.sync_api import Page
from sqlalchemy import func, select

from portal.bootstrap import BUILTIN_CA, build
from portal.connectors.ca.builtin.setup import open_authority
from portal.db.models import Device, FleetReview
from portal.db.transaction import Database
from portal.ports.certificate_authority import RevocationOrder
from portal.seed.authority import done
from tests.acceptance.installation import PIN, ROOT, Installation, eventually
from tests.acceptance.third_party import CERTIFICATE, PRIVATE, PUBLIC, OpenSc
from tests.acceptance.worker import Orders
from tests.e2e.triggers.seats import BY_THEMSELVES, Seat

PATIENCE: Final = 240.0
DUE: Final = "/admin/devices?reason=any"


@dataclass(frozen=True, slots=True)
class Held:
    """A certificate on a token."""

    label: str
    id: str
    certificate: x509.Certificate


@dataclass(frozen=True, slots=True)
class Office:
    """An installation, workers that obey, and how many seconds making the data took."""

    installation: Installation
    orders: Orders
    pace: float

    def address(self, path: str) -> str:
        """A page."""
        return f"{self.installation.address}{path}"

    def card(self, seat: Seat) -> str:
        """The card of somebody's device."""
        return self.address(f"/admin/devices/{self.number(seat)}")

    def number(self, seat: Seat) -> int:
        """The number of somebody's device."""
        return self.installation.device(seat.name)[0]

    def token(self, seat: Seat) -> OpenSc:
        """Somebody's token as OpenSC sees it."""
        return OpenSc(self.installation.hsm, self.installation.device(seat.name)[1], PIN)

    def held(self, seat: Seat) -> list[Held]:
        """The certificates OpenSC reads from somebody's token, each with a whole pair of keys beside it."""
        token = self.token(seat)
        objects = token.objects()
        certificates = sorted((one for one in objects if one.kind == CERTIFICATE), key=lambda one: (one.label, one.id))
        for kind in (PRIVATE, PUBLIC):
            assert sorted(one.id for one in objects if one.kind == kind) == sorted(one.id for one in certificates)
        return [Held(one.label, one.id, x509.load_der_x509_certificate(token.read(one))) for one in certificates]

    def certificate(self, seat: Seat, label: str) -> x509.Certificate:
        """The only one of this label."""
        (found,) = [one.certificate for one in self.held(seat) if one.label == label]
        return found

    def due(self, page: Page) -> set[str]:
        """Who is due, as the list of devices tells it."""
        page.goto(self.address(DUE))
        holders = page.locator("#devices tbody th").all_inner_texts()
        return {holder.split()[0] for holder in holders}

    def settles(self) -> None:
        """The monitor has looked at everything that changed."""
        with Database(self.installation.settings.database_url) as database:
            eventually(lambda: _settled(database), PATIENCE, "the monitor looks at what was marked")

    def becomes_due(self, page: Page, before: set[str], *seats: Seat) -> None:
        """After a cause: these and no others, once the monitor has looked at everything."""
        self.settles()
        by_themselves = {seat.name for seat in BY_THEMSELVES}
        assert self.due(page) - before - by_themselves == {seat.name for seat in seats}

    def revoke(self, certificate: x509.Certificate, reason: str) -> None:
        """Somebody revokes it at the authority, past the portal."""
        with (portal := build(self.installation.settings)).database:
            authority = open_authority(portal.ca_place, BUILTIN_CA)
        assert authority is not None
        serial = f"{certificate.serial_number:x}"
        done(authority.revoke(RevocationOrder(f"by-hand-{serial}", serial, reason)))

    def add_later(self) -> float:
        """The tokens of the time scene; answers when their certificates come to their moment, by the monotonic clock.

        A busy machine is given more time, so that somebody can look at them before.
        """
        seconds = max(12.0, self.pace)
        moment = time.monotonic() + seconds
        line = [sys.executable, "-m", "tests.e2e.triggers.seed", "later", str(seconds)]
        subprocess.run(line, env=dict(self.installation.env), cwd=ROOT, check=True, timeout=PATIENCE)
        return moment


def _settled(database: Database) -> bool:
    marks = select(func.count()).select_from(FleetReview)
    waiting = select(func.count()).select_from(Device).where(Device.next_check_at <= datetime.now(UTC))
    with database.read() as connection:
        return not connection.execute(marks).scalar_one() and not connection.execute(waiting).scalar_one()
