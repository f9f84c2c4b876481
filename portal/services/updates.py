"""What people do about updates: see why and what, order, enter the PIN, stop, settle, choose what to watch."""

from dataclasses import dataclass, replace

from portal.db import snapshots
from portal.db.findings import hold_devices, store_review
from portal.db.queries.device_life import keeps_so_pin
from portal.db.queries.updates import last_end
from portal.db.transaction import Database
from portal.domain.errors import Conflict
from portal.domain.findings import Finding
from portal.domain.ids import DeviceId, UpdateId
from portal.domain.plan_items import Choices
from portal.domain.self_service import SelfServiceRule, demand_choices
from portal.ports.clock import Clock
from portal.ports.token import Pin, TokenWatch
from portal.ports.vault import PinTickets
from portal.services.bell import Bell
from portal.services.planning import Considered, consider, outdated, without_so_pin
from portal.services.reviews import review_of
from portal.services.self_service import demand_of_holder
from portal.services.tracking import keep_choice
from portal.services.update_orders import store_order
from portal.services.update_requests import (
    active_update,
    ask_to_cancel,
    check_pin,
    held_update,
    note_giving_up,
    note_pin,
    note_settlement,
    wake,
)


@dataclass(frozen=True, slots=True)
class Updates:
    """The verbs of the pages and of the command line; each is one short transaction."""

    database: Database
    clock: Clock
    watch: TokenWatch
    tickets: PinTickets
    bell: Bell

    def review(self, device: DeviceId) -> tuple[Finding, ...]:
        """Look at the device afresh and store what is found; raises NotFound."""
        now = self.clock.now()
        with self.database.begin() as connection:
            hold_devices(connection, [device])
            known = snapshots.device(connection, device)
            review = review_of(known, snapshots.assignments(connection), now)
            store_review(connection, review)
        return review.findings

    def plan(self, device: DeviceId, choices: Choices, *, by_holder: bool = False) -> Considered:
        """Findings and plan for what is on the token now, or was when last seen.

        Raises NotFound, NoPolicy, or PolicyForbids for a device that may not be updated, or not so by its holder.
        """
        with self.database.read() as connection:
            known = snapshots.device(connection, device)
            given = snapshots.assignments(connection)
            ended = last_end(connection, device)
            so_pin = keeps_so_pin(connection, device)
        seen = self.watch.seen(known.serial)
        current = None if seen is None or outdated(seen, ended) else seen
        found = consider(known, given, current, choices=choices, now=self.clock.now())
        if found.plan.initializes and not so_pin:
            found = replace(found, plan=without_so_pin(found.plan))
        if by_holder:
            demand_choices(found.policy.policy, choices)
        return found

    def order(
        self, device: DeviceId, choices: Choices, content_hash: str, *, actor: str, by_holder: bool = False
    ) -> UpdateId:
        """Order what was shown; ``content_hash`` is that of the plan shown; the holder orders what his policy allows.

        Raises Conflict ``contents_changed`` when the plan would be another now, ``update_running`` when somebody came
        first, ``nothing_to_do`` and ``plan_problem`` when there is nothing, or something is in the way, to do it.
        """
        found = self.plan(device, choices, by_holder=by_holder)
        with self.database.begin() as connection:
            return store_order(connection, found, content_hash, actor=actor, now=self.clock.now())

    def enter_pin(self, update: UpdateId, pin: Pin, *, actor: str) -> None:
        """Keep the PIN for this update, for minutes, and let it go on.

        Raises NotFound, Conflict ``update_over``, InvalidInput (field ``pin``) for a PIN this token refused before, and
        OutsideUnavailable while PINs cannot be kept; then nothing was changed.
        """
        now = self.clock.now()
        with self.database.read() as connection:
            serial = active_update(connection, update).serial
        check_pin(self.tickets, serial, pin)
        self.tickets.keep(update, serial, pin)
        try:
            with self.database.begin() as connection:
                note_pin(connection, update, actor=actor, now=now)
                ring = self.bell.post(connection, update, now)
        except Conflict:  # it ended meanwhile, and so does its ticket
            self.tickets.destroy(update)
            raise
        self.bell.ring(ring)

    def resume(self, update: UpdateId) -> None:
        """Let a waiting update look again now; raises NotFound or Conflict ``update_over``."""
        now = self.clock.now()
        with self.database.begin() as connection:
            held_update(connection, update)
            wake(connection, update, now)
            ring = self.bell.post(connection, update, now)
        self.bell.ring(ring)

    def cancel(self, update: UpdateId, *, actor: str, leave_behind: bool = False) -> None:
        """Stop between two steps and undo the item under way.

        ``leave_behind`` is for a run that goes back and waits for its token: what may still be on the token is
        remembered as a leftover, and the next update cleans it. Raises NotFound, and Conflict ``update_over``,
        ``update_stuck``, ``update_going_back`` or ``update_not_going_back``.
        """
        now = self.clock.now()
        with self.database.begin() as connection:
            ask_to_cancel(connection, update, leave_behind=leave_behind, actor=actor, now=now)
            ring = self.bell.post(connection, update, now)
        self.bell.ring(ring)

    def settle(self, update: UpdateId, happened: bool, comment: str, *, actor: str) -> None:  # noqa: FBT001
        """A person says whether the step in doubt happened; raises NotFound or Conflict ``not_stuck``."""
        now = self.clock.now()
        with self.database.begin() as connection:
            note_settlement(connection, update, happened=happened, comment=comment, actor=actor, now=now)
            ring = self.bell.post(connection, update, now)
        self.bell.ring(ring)

    def give_up(self, update: UpdateId, comment: str, *, actor: str) -> None:
        """End a stuck run as failed: what can be undone is undone, what cannot is written down as left behind.

        Raises NotFound or Conflict ``not_stuck``.
        """
        now = self.clock.now()
        with self.database.begin() as connection:
            note_giving_up(connection, update, comment=comment, actor=actor, now=now)
            ring = self.bell.post(connection, update, now)
        self.bell.ring(ring)

    def track_foreign(
        self,
        device: DeviceId,
        *,
        tracked: frozenset[str],
        declined: frozenset[str],
        actor: str,
        by_holder: bool = False,
    ) -> None:
        """Watch the chosen foreign certificates and remember that the others were looked at.

        Raises NotFound, and PolicyForbids when the holder chooses and his policy keeps that from him.
        """
        now = self.clock.now()
        with self.database.begin() as connection:
            if by_holder:
                demand_of_holder(connection, device, SelfServiceRule.CHOOSE_TRACKED)
            keep_choice(connection, device, tracked=tracked, declined=declined, actor=actor, now=now)
