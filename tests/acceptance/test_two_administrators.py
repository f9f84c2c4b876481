"""Several people press «Обновить» on one device at once: one run, and the others see whose it is."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from playwright.sync_api import Page, expect

from portal.domain.update_state import UpdateStatus
from tests.acceptance.conftest import Visit
from tests.acceptance.installation import PIN, Installation
from tests.acceptance.visitor import Answer, update_number

pytestmark = pytest.mark.e2e

PEOPLE = 8


def test_eight_orders_at_once_are_one_update(installation: Installation) -> None:
    device, _ = installation.device("Журавлёв")
    visitors = [installation.visitor("administrator" if place % 2 else "operator") for place in range(PEOPLE)]
    forms = [visitor.pin_page(device).form(f"/devices/{device}/updates") for visitor in visitors]
    line = Barrier(PEOPLE, timeout=180)

    def press(place: int) -> Answer:
        line.wait()
        return visitors[place].submit(forms[place], pin=PIN)

    with ThreadPoolExecutor(PEOPLE) as crowd:
        answers = list(crowd.map(press, range(PEOPLE)))
    assert {answer.status for answer in answers} == {200}, [answer.text[:200] for answer in answers]
    (update,) = installation.updates_of(device)
    assert {update_number(answer) for answer in answers} == {update}
    installation.wait_for(update, UpdateStatus.COMPLETED)
    kinds = [kind for kind, _ in installation.steps(update)]
    assert kinds.count("compare_contents") == 1
    assert installation.updates_of(device) == [update]


def test_the_second_sees_the_run_of_the_first(visit: Visit, installation: Installation) -> None:
    device, serial = installation.device("Никитин")
    first, second = visit("administrator"), visit("operator")
    for page in (first, second):
        to_the_pin(page, device)
    installation.hsm.pull(serial)  # the run will wait for its token, so that both can look at it
    first.fill("[name=pin]", PIN)
    first.keyboard.press("Enter")
    first.wait_for_url("**/admin/updates/*")
    second.fill("[name=pin]", PIN)
    second.keyboard.press("Enter")
    second.wait_for_url("**/admin/updates/*")
    assert second.url == first.url
    dialog = second.locator("dialog[open]")
    expect(dialog).to_contain_text("Устройство уже обновляется")
    expect(dialog).to_contain_text("Кто запустил обновление: admin")
    expect(first.locator("dialog[open]")).not_to_contain_text("Устройство уже обновляется")
    assert update_number(installation.visitor("operator").get(f"/admin/devices/{device}/updates/new")) == run_of(first)
    installation.hsm.plug(serial)
    for page in (first, second):
        expect(page.locator("dialog[open]")).to_contain_text("Устройство обновлено")
    assert len(installation.updates_of(device)) == 1


def run_of(page: Page) -> int:
    return int(page.url.rsplit("/", 1)[1].partition("?")[0])


def to_the_pin(page: Page, device: int) -> None:
    page.goto(page.url.replace("/admin/", f"/admin/devices/{device}"))
    page.locator("[data-row-action]").first.click()
    page.locator("dialog .dialog__foot .button--primary").click()
    expect(page.locator("[name=pin]")).to_be_focused()
