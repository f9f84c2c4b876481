"""Issuing a device that is initialised first: what is on the token goes, and the plan begins with an empty one."""

from collections.abc import Iterator
from dataclasses import replace

from portal.domain.contents import TokenContents
from portal.domain.device import Device, DeviceState
from portal.domain.plan_items import Action, Choices, Obstacle, PlanItem, PlanProblem
from portal.domain.policy import DeviceUsagePolicy


def initializes(device: Device, policy: DeviceUsagePolicy) -> bool:
    """Whether an issue begins with wiping the token: never once something of ours is on it."""
    ours = device.managed or device.commons
    return policy.devices.initialize and device.state is DeviceState.ASSIGNED and not ours


def emptied(device: Device) -> Device:
    """The device as it is once its token was wiped."""
    nothing = TokenContents(device.serial, (), (), complete=True)
    return replace(device, managed=(), commons=(), tracked=(), leftovers=(), contents=nothing)


def initialization(device: Device) -> PlanItem:
    """The line of the plan; its name becomes the token's label."""
    name = device.holder.attribute("cn") if device.holder else ""
    return PlanItem(Action.INITIALIZE, name or device.serial)


def what_is_lost(device: Device, choices: Choices) -> Iterator[PlanProblem]:
    """What others put on the token and would lose: nothing is wiped until somebody says that it may go."""
    if choices.wipe:
        return
    names = {certificate.subject for certificate in device.foreign()} | {one.subject for one in device.tracked}
    yield from (PlanProblem(Obstacle.FOREIGN_LOST, name) for name in sorted(names))
