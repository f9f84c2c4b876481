"""Devices whose life people change."""

from portal.db.models import OrderKind
from portal.domain.device import DeviceState
from portal.services.order_telling import Order
from tests.support.life import Life
from tests.support.office import SERIAL


def state(life: Life) -> DeviceState:
    found: DeviceState = life.office.device_row().state
    return found


def active(life: Life) -> bool:
    return SERIAL in life.register.devices - life.register.inactive


def _order(kind: str, target: str) -> Order:
    return Order(1, OrderKind(kind), target, "1000", "certificateHold", SERIAL, "login")
