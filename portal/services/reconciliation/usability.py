"""Whether what was issued can still be used: its key is on the token, and the policy still wants it there."""

from datetime import datetime

from sqlalchemy import Connection

from portal.db import snapshots
from portal.domain.certificate import TemplateKey
from portal.domain.device import UPDATABLE, Device
from portal.domain.effective_policy import NoPolicy, effective_policy
from portal.domain.update_steps import Step


def key_there(device: Device, key_id: str) -> bool | None:
    """Whether the token, when it was last seen, had this key; None when it never was."""
    if device.contents is None:
        return None
    places = [one.key_id for one in device.contents.keys]
    return key_id in places or any(one.key_id == key_id and one.has_key for one in device.contents.certificates)


def wanted(connection: Connection, device: Device, template: TemplateKey | None, now: datetime) -> bool:
    """Whether the policy that acts now wants a certificate of this template on the device, which has none."""
    if template is None or device.holder is None or not device.holder.active or device.state not in UPDATABLE:
        return False
    try:
        acting = effective_policy(device.holder, snapshots.assignments(connection))
    except NoPolicy:
        return False
    has_one = any(one.template == template and one.usable(now) for one in device.current())
    return not has_one and acting.policy.template(template) is not None


def usable(connection: Connection, device: Device, step: Step, now: datetime) -> bool:
    """Whether the certificate this step ordered can be written to the token after all."""
    return bool(key_there(device, step.key_id)) and wanted(connection, device, step.template, now)
