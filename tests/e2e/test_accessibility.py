"""axe-core finds nothing on any page, light and dark; nothing is cut off on a narrow screen."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from portal.db.queries.commons import key_of
from portal.seed.policies import WIFI
from tests.e2e.conftest import Live

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]

Visit = Callable[..., Page]
PAGES = (
    "/admin/",
    "/admin/people",
    "/admin/people/1",
    "/admin/people/1/edit",
    "/admin/people/1/deactivation",
    "/admin/people/import",
    "/admin/people/units",
    "/admin/people/units/2",
    "/admin/people/groups",
    "/admin/people/groups/1",
    "/admin/devices",
    "/admin/devices?reason=any&expiry=30",
    "/admin/devices?q=nothing-of-the-kind",
    "/admin/devices/1",
    "/admin/devices/1/cleaning",
    "/admin/devices/1/editing",
    "/admin/devices/1/pin",
    "/admin/devices/1/replacement",
    "/admin/devices/1/revocation",
    "/admin/devices/1/suspension",
    "/admin/devices/7/updates/new",
    "/admin/devices/new",
    "/admin/policies",
    "/admin/policies/1",
    "/admin/policies/1/versions",
    "/admin/policies/new",
    "/admin/policies/drafts/1",
    "/admin/policies/drafts/1/templates/1",
    "/admin/policies/drafts/1/sections/commons",
    "/admin/policies/drafts/1/sections/devices",
    "/admin/policies/drafts/1/sections/notifications",
    "/admin/policies/drafts/1/sections/templates",
    "/admin/policies/drafts/1/publishing",
    "/admin/policies/drafts/2",
    "/admin/assignments",
    "/admin/assignments/new?policy=2&unit=0&priority=5",
    "/admin/assignments/1/removal",
    "/admin/commons",
    "/admin/commons/new",
    f"/admin/commons/{key_of(WIFI)}",
    "/admin/search?q=смир",
    "/admin/updates",
    "/admin/accounts",
    "/admin/accounts/new",
    "/admin/accounts/4",
    "/admin/roles",
    "/admin/roles/operator",
    "/admin/roles/new?copy=operator",
    "/profile/",
    "/admin/approvals",
    "/admin/authority",
    "/admin/audit",
    "/admin/devices/999999",
)


def faults(page: Page) -> str:
    found = Axe().run(page)
    return "" if found.violations_count == 0 else str(found.generate_report())


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_fault(visit: Visit, live: Live, scheme: str) -> None:
    page = visit(color_scheme=scheme, reduced_motion="reduce")
    found = {}
    for address in PAGES:
        page.goto(f"{live.address}{address}")
        found[address] = faults(page)
    assert {address: report for address, report in found.items() if report} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_sign_in_has_no_fault(page: Page, live: Live, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto(f"{live.address}/sign-in")
    assert faults(page) == ""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_dialog_has_no_fault(visit: Visit, live: Live, scheme: str) -> None:
    page = visit(color_scheme=scheme, reduced_motion="reduce")
    page.goto(f"{live.address}/admin/devices/7")
    page.locator("[data-row-action]").first.click()
    expect(page.locator("dialog[open]")).to_contain_text("Что изменится")
    assert faults(page) == ""
    page.locator("dialog .dialog__foot .button--primary").click()
    expect(page.locator("[name=pin]")).to_be_visible()
    assert faults(page) == ""


def test_nothing_is_cut_off_on_a_narrow_screen(visit: Visit, live: Live) -> None:
    page = visit(viewport={"width": 320, "height": 640})
    wide = {}
    for address in PAGES:
        page.goto(f"{live.address}{address}")
        wide[address] = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert {address: extra for address, extra in wide.items() if extra > 0} == {}
