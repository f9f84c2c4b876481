"""Signing in with the password of a directory, in a browser: OpenLDAP judges it, nothing of ours is asked for."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import update

from portal.db.models import Account
from portal.domain.connector_fields import ON
from portal.services.connectors import ConnectorDraft
from tests.sign_in.conftest import Served
from tests.support.browser import watched_page
from tests.support.directory_servers import BASE, slapd

PASSWORD = "Employee-pass-7"
PERSON = (
    f"dn: uid=anna,ou=people,{BASE}\nobjectClass: inetOrgPerson\nuid: anna\n"
    f"cn: anna\nsn: Лисицына\ngivenName: Анна\nuserPassword: {PASSWORD}\n\n"
)


@pytest.fixture(scope="module")
def read(served: Served) -> Iterator[Served]:
    """The portal has read the directory, and lets its people in."""
    with slapd(PERSON) as directory:
        values = directory.values(sign_in=ON, every_minutes="10080")
        draft = ConnectorDraft(values.kind, values.name, values.all)
        number = served.portal.connectors.add(draft, actor="admin")
        sync = served.portal.directory_syncs.order(number, actor="admin")
        assert served.portal.directory_sync_work.carry(sync)
        yield served
        served.portal.connectors.pause(number, actor="admin")


def sign_in(page: Page, password: str) -> None:
    page.get_by_label("Логин").fill("anna")
    page.get_by_label("Пароль").fill(password)
    page.get_by_role("button", name="Войти", exact=True).click()


def test_somebody_of_the_directory_comes_in(visit: BrowserContext, read: Served) -> None:
    with watched_page(visit) as page:
        page.goto(f"{read.address}/profile/")
        sign_in(page, "wrong")
        expect(page.get_by_text("Логин или пароль не подходят.")).to_be_visible()
        sign_in(page, PASSWORD)
        expect(page).to_have_url(f"{read.address}/profile/")
        expect(page.get_by_role("heading", level=1)).to_have_text("Лисицына Анна")
        expect(page.get_by_text("пароль хранится и меняется там")).to_be_visible()
        expect(page.get_by_label("Новый пароль")).to_have_count(0)


def test_a_password_of_ours_is_never_asked_to_be_changed(visit: BrowserContext, read: Served) -> None:
    change = update(Account).where(Account.login == "anna")
    past = read.portal.clock.now().replace(year=2020)
    with watched_page(visit) as page:
        page.goto(f"{read.address}/sign-in?next=/my/")
        sign_in(page, PASSWORD)
        page.wait_for_url(f"{read.address}/my/")
        with read.portal.database.begin() as connection:
            connection.execute(change.values(must_change_password=True, password_ends_at=past))
        page.goto(f"{read.address}/sign-in?next=/profile/")
        sign_in(page, PASSWORD)
        expect(page.get_by_role("heading", level=1)).to_have_text("Лисицына Анна")
    with read.portal.database.begin() as connection:
        connection.execute(change.values(must_change_password=False, password_ends_at=None))
