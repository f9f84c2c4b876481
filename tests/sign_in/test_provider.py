"""Signing in through a provider by other people, in a browser that keeps to our content policy."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select

from portal.db.models import Account, Connector
from portal.domain.ids import ConnectorId
from tests.sign_in.conftest import Served
from tests.support.browser import watched_page
from tests.support.oidc_provider import LABEL, NAME, OidcJudge, oidc_judge


@pytest.fixture(scope="module")
def judge(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OidcJudge]:
    """Connected to the portal: its groups give roles."""
    with oidc_judge(tmp_path_factory.mktemp("oidc"), served.address) as running:
        draft = running.draft(groups_claim="groups", roles="Хозяева = administrator")
        number = served.portal.connectors.add(draft, actor="admin")
        yield running
        served.portal.connectors.remove(number, actor="admin")


def sign_in_over_there(page: Page, login: str, password: str) -> None:
    page.get_by_role("link", name=LABEL).click()
    expect(page.get_by_role("heading", name="The provider")).to_be_visible()
    page.fill("input[name=username]", login)
    page.fill("input[name=password]", password)
    page.get_by_role("button", name="Sign in over here").click()


def test_somebody_comes_goes_on_and_signs_out_of_both(visit: BrowserContext, served: Served, judge: OidcJudge) -> None:
    with watched_page(visit) as page:
        page.goto(f"{served.address}/profile/")
        sign_in_over_there(page, "i.vorontsov", judge.password)
        expect(page).to_have_url(f"{served.address}/profile/")
        expect(page.get_by_role("heading", level=1)).to_have_text("Воронцов Илья")
        expect(page.get_by_text(f"вход через провайдера входа ({NAME})")).to_be_visible()
        page.goto(f"{served.address}/admin/accounts")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        leave(page)
        expect(page.get_by_role("heading", name="Вы вышли")).to_be_visible()
        assert not any(one["value"].count(".eyJ") for one in page.context.cookies()), "no token in a cookie"
        page.get_by_role("link", name=f"Выйти из «{LABEL}»").click()
        expect(page).to_have_url(f"{served.address}/sign-in")  # it knows who it was, so it asks nothing
        page.goto(f"{served.address}/profile/")
        page.get_by_role("link", name=LABEL).click()
        expect(page.get_by_role("heading", name="The provider")).to_be_visible()  # he is signed out there, too
    with served.portal.database.read() as connection:
        role = connection.execute(select(Account.role).where(Account.login == "i.vorontsov")).scalar_one()
    assert role == "administrator"


def leave(page: Page) -> None:
    """Sign out as anybody does, in the menu of the account."""
    page.locator("details.menu > summary[aria-label^='Учётная запись']").first.click()
    page.get_by_role("button", name="Выйти").click()


def test_whom_the_portal_does_not_know_is_told_so(visit: BrowserContext, served: Served, judge: OidcJudge) -> None:
    with watched_page(visit) as page:
        page.goto(f"{served.address}/sign-in")
        sign_in_over_there(page, "nobody", judge.password)
        expect(page.get_by_role("heading", name="Портал вас не знает")).to_be_visible()
        page.get_by_role("link", name="Войти иначе").click()
        expect(page.get_by_label("Логин")).to_be_visible()


def test_its_check_finds_nothing_wrong(served: Served, judge: OidcJudge) -> None:
    assert judge.password
    with served.portal.database.read() as connection:
        number = connection.execute(select(Connector.id).where(Connector.name == NAME)).scalar_one()
    trace = served.portal.connector_trial.try_it(ConnectorId(number), actor="admin")
    assert [(line.what, line.detail) for line in trace if not line.ok] == []
