"""Tokens that come and go are seen by themselves: on the step that asks for the PIN, and by the command line."""

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from portal.connectors.presence_redis import RedisTokenWatch
from portal.connectors.redis_client import connect
from tests.acceptance.conftest import Visit
from tests.acceptance.installation import Installation, eventually

pytestmark = pytest.mark.e2e

ROUNDS = 5
BOUND = 180.0  # of a broken watch; how fast a sound one is, is printed


def test_appearing_and_disappearing_is_seen(installation: Installation, capsys: pytest.CaptureFixture[str]) -> None:
    _, serial = installation.device("Ёлкина")
    watch = RedisTokenWatch(connect(installation.settings.redis_url))
    eventually(lambda: watch.seen(serial), BOUND, "the token is seen at first")
    gone, came = [], []
    for _ in range(ROUNDS):
        installation.hsm.pull(serial)
        gone.append(waited(lambda: watch.seen(serial) is None))
        installation.hsm.plug(serial)
        came.append(waited(lambda: watch.seen(serial) is not None))
    with capsys.disabled():
        print(f"\npresence: gone after {told(gone)}, back after {told(came)}")  # noqa: T201  a figure for whoever runs it
    assert max(*gone, *came) < BOUND


def test_the_step_that_asks_for_the_pin_shows_it_live(visit: Visit, installation: Installation) -> None:
    device, serial = installation.device("Ёлкина")
    page = visit()
    page.goto(f"{installation.address}/admin/devices/{device}")
    page.locator("[data-row-action]").first.click()
    page.locator("dialog .dialog__foot .button--primary").click()
    presence = page.locator("dialog #presence")
    expect(presence).to_contain_text("Токен подключён")
    page.fill("[name=pin]", "half-typ")
    installation.hsm.pull(serial)
    expect(presence).to_contain_text(f"Подключите токен {serial}")
    expect(page.locator("[name=pin]")).to_have_value("half-typ")
    installation.hsm.plug(serial)
    expect(presence).to_contain_text("Токен подключён")
    expect(page.locator("[name=pin]")).to_have_value("half-typ")


def waited(seen: Callable[[], bool]) -> float:
    began = time.monotonic()
    eventually(seen, BOUND, "it is seen")
    return time.monotonic() - began


def told(seconds: list[float]) -> str:
    return f"{min(seconds):.2f} to {max(seconds):.2f} s"
