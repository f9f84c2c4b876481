"""Cleaning a device: a run of deletions through the engine, bound to what was shown."""

from dataclasses import dataclass
from uuid import uuid4

from portal.db import snapshots
from portal.db.queries.updates import last_end
from portal.db.transaction import Database
from portal.domain.device import Device
from portal.domain.device_life import Operation
from portal.domain.errors import Conflict
from portal.domain.ids import DeviceId, UpdateId
from portal.domain.plan_clean import CleaningChoices, guarded_names, plan_cleaning
from portal.domain.plan_items import UpdatePlan
from portal.domain.plan_steps import steps_of
from portal.domain.policy import DeviceUsagePolicy
from portal.domain.run_kind import RunKind
from portal.ports.clock import Clock
from portal.ports.token import TokenWatch
from portal.services.device_operations import Wish, begin, write
from portal.services.device_pins import ruling
from portal.services.planning import as_seen, outdated
from portal.services.run_rows import RunDraft, refuse_if_running, store_run


@dataclass(frozen=True, slots=True)
class Cleaning:
    """One device thought through: what would go, and whose keys alone open old mail."""

    device: Device
    policy: DeviceUsagePolicy
    plan: UpdatePlan
    guarded: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """What the person saw and chose; ``content_hash`` is that of the plan shown, ``version`` the device's."""

    choices: CleaningChoices
    content_hash: str
    comment: str = ""
    version: int | None = None


@dataclass(frozen=True, slots=True)
class DeviceCleaning:
    """Both raise NotFound and NoPolicy."""

    database: Database
    clock: Clock
    watch: TokenWatch

    def plan(self, device: DeviceId, choices: CleaningChoices) -> Cleaning:
        """What is on the token now, or was when last seen, and what of it would go."""
        now = self.clock.now()
        with self.database.read() as connection:
            known = snapshots.device(connection, device)
            policy = ruling(connection, known)
            ended = last_end(connection, device)
        seen = self.watch.seen(known.serial)
        current = as_seen(known, None if seen is None or outdated(seen, ended) else seen)
        plan = plan_cleaning(current, policy, choices, now)
        return Cleaning(current, policy, plan, guarded_names(current, policy, now))

    def order(self, device: DeviceId, shown: Shown, *, actor: str) -> UpdateId:
        """Order what was shown; the PIN is handed over as for an update.

        Raises Conflict ``contents_changed``, ``nothing_to_do``, ``update_running`` and what the table of the
        device's life does not allow.
        """
        found, now = self.plan(device, shown.choices), self.clock.now()
        wish = Wish(device, Operation.CLEAN, actor, comment=shown.comment, version=shown.version)
        if found.plan.content_hash != shown.content_hash:
            raise Conflict("contents_changed", serial=found.device.serial)
        nonce = str(uuid4())
        steps = steps_of(found.plan, found.device, found.policy, nonce)
        with self.database.begin() as connection:
            refuse_if_running(connection, found.device)
            begun = begin(connection, wish)
            if not steps:
                raise Conflict("nothing_to_do", serial=found.device.serial)
            draft = RunDraft(found.device, found.plan, steps, nonce, kind=RunKind.CLEAN)
            update = store_run(connection, draft, actor=actor, now=now)
            write(connection, wish, begun, now)
        return update
