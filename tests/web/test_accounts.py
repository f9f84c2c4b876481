"""Accounts, roles and one's own profile, as people use them."""

import re
from collections.abc import Callable

import pytest

from portal.bootstrap import Portal
from portal.domain.ids import AccountId
from tests.web.visits import Visit, checked
from tests.web.world import PASSWORD

PLAIN = {"name": "Петрова Ольга", "role": "operator", "active": "y", "version": "1", "sight": ""}
ANOTHER = "unbroken violet ladder"


def one_time(text: str) -> str:
    found = re.search(r"<code>(\w{4}-\w{4}-\w{4}-\w{4})</code>", text)
    assert found
    return found.group(1)


def number_of(portal: Portal, login: str) -> AccountId:
    return next(one.id for one in portal.accounts.all() if one.login == login)


def test_the_list_and_its_filters(admin: Visit) -> None:
    page, _ = admin.both("/admin/accounts")
    assert all(login in page for login in ("administrator", "operator", "auditor"))
    narrowed = admin.fragment("/admin/accounts?q=OPER&state=active").text
    assert ("operator" in narrowed, "auditor" in narrowed) == (True, False)
    assert "не найдено" in admin.fragment("/admin/accounts?state=closed").text


def test_an_account_is_made_and_used_for_the_first_time(admin: Visit, stranger: Visit, portal: Portal) -> None:
    form = admin.page("/admin/accounts/new")
    checked(form.text)
    made = admin.post("/admin/accounts", {**PLAIN, "login": "Petrova"})
    assert (made.status_code, made.headers["Cache-Control"]) == (200, "no-store")
    checked(made.text)
    password = one_time(made.text)
    assert password not in admin.page(f"/admin/accounts/{number_of(portal, 'petrova')}").text

    entered = stranger.post("/sign-in", {"login": "petrova", "password": password})
    assert entered.status_code == 303
    for address in ("/admin/", "/admin/devices", "/admin/devices/1/card", "/"):
        assert stranger.client.get(address, follow_redirects=True).request.path == "/profile/"
    fragment = stranger.fragment("/admin/devices")
    assert fragment.headers["HX-Redirect"] == "/profile/"
    page = stranger.page("/profile/").text
    checked(page)
    assert "одноразовым паролем" in page
    new = {"old": password, "new": ANOTHER, "again": ANOTHER}
    assert stranger.post("/profile/password", {**new, "again": "no"}).status_code == 422
    assert stranger.post("/profile/password", new).status_code == 303
    assert stranger.page("/admin/devices").status_code == 200
    stranger.client.delete_cookie(portal.settings.session_cookie)
    assert stranger.post("/sign-in", {"login": "petrova", "password": password}).status_code == 422


def test_mistakes_come_back_with_everything_typed(admin: Visit) -> None:
    answer = admin.post("/admin/accounts", {**PLAIN, "login": "operator", "person": "никого такого"})
    assert answer.status_code == 422
    checked(answer.text)
    assert "Петрова Ольга" in answer.text
    again = admin.post("/admin/accounts", {**PLAIN, "login": "operator"})
    assert (again.status_code, "уже есть" in again.text) == (422, True)
    nothing = admin.post("/admin/accounts", {**PLAIN, "login": "x", "sight": "limited"})
    assert "хотя бы одно" in nothing.text


def test_an_account_is_limited_to_a_unit(admin: Visit, portal: Portal, sign_in: Callable[[str], Visit]) -> None:
    operator = number_of(portal, "operator")
    visit = sign_in("operator")
    address = f"/admin/accounts/{operator}"
    checked(admin.page(address).text)
    changed = admin.post(address, {**PLAIN, "sight": "limited", "units": ["1"]})
    assert changed.status_code == 303
    assert visit.page("/admin/").status_code == 303, "its sessions ended"
    page = admin.page(address).text
    assert "только часть" in page
    assert ">Ключ<" in page
    assert "checked" in page


def test_the_last_administrator_is_told_so(admin: Visit, portal: Portal) -> None:
    address = f"/admin/accounts/{number_of(portal, 'administrator')}"
    answer = admin.post(address, {**PLAIN, "role": "auditor"})
    assert answer.status_code == 409
    assert "Некому будет управлять" in answer.text
    checked(answer.text)


def test_who_was_second_is_told_so(admin: Visit, portal: Portal) -> None:
    address = f"/admin/accounts/{number_of(portal, 'operator')}"
    assert admin.post(address, PLAIN).status_code == 303
    answer = admin.post(address, {**PLAIN, "name": "Другое имя"})
    assert (answer.status_code, "изменил кто-то другой" in answer.text) == (409, True)


def test_sessions_are_seen_and_ended(admin: Visit, portal: Portal, sign_in: Callable[[str], Visit]) -> None:
    operator = number_of(portal, "operator")
    first, second = sign_in("operator"), sign_in("operator")
    page = admin.page(f"/admin/accounts/{operator}").text
    assert page.count("/revocation") == 3
    session = portal.sessions.of(operator)[0].id
    assert admin.post(f"/admin/accounts/{operator}/sessions/{session}/revocation").status_code == 303
    assert [one.page("/admin/").status_code for one in (first, second)] == [200, 303]
    assert admin.post(f"/admin/accounts/{operator}/sessions/revocation").status_code == 303
    assert first.page("/admin/").status_code == 303


def test_a_new_one_time_password(admin: Visit, portal: Portal, sign_in: Callable[[str], Visit]) -> None:
    visit = sign_in("operator")
    told = admin.post(f"/admin/accounts/{number_of(portal, 'operator')}/password")
    assert one_time(told.text)
    assert visit.page("/admin/").status_code == 303


def test_roles_are_made_copied_changed_and_deleted(admin: Visit, portal: Portal) -> None:
    page, _ = admin.both("/admin/roles")
    assert "Встроенная" in page
    assert "изменяет" not in page
    admin.both("/admin/roles/auditor")
    copied = admin.page("/admin/roles/new?copy=auditor").text
    checked(copied)
    assert "Аудитор (копия)" in copied
    rights = re.findall(r'value="(admin:[a-z_:]+)" checked', copied)
    assert "admin:audit:read" in rights
    made = admin.post(
        "/admin/roles", {"name": "Читатель", "description": "Смотрит", "permissions": rights, "version": "1"}
    )
    assert made.status_code == 303
    address = made.headers["Location"]
    admin.both(address)
    checked(admin.page(f"{address}/edit").text)
    one = {"name": "Читатель", "description": "", "permissions": ["admin:devices:read"], "version": "1"}
    assert admin.post(address, one).status_code == 303
    assert admin.post(address, one).status_code == 409
    holder = admin.post("/admin/accounts", {**PLAIN, "login": "reader", "role": address.rsplit("/", 1)[1]})
    assert holder.status_code == 200
    refused = admin.post(f"{address}/deletion")
    assert (refused.status_code, "reader" in refused.text) == (409, True)
    admin.post(f"/admin/accounts/{number_of(portal, 'reader')}", PLAIN)
    assert admin.post(f"{address}/deletion").status_code == 303
    assert admin.page(address).status_code == 404


def test_an_auditor_reads_and_is_offered_nothing_to_press(auditor: Visit, portal: Portal) -> None:
    for address in ("/admin/accounts", f"/admin/accounts/{number_of(portal, 'operator')}", "/admin/roles/operator"):
        page, _ = auditor.both(address)
        assert 'method="post" action="/admin' not in page


def test_the_own_profile(operator: Visit, portal: Portal, sign_in: Callable[[str], Visit]) -> None:
    other = sign_in("operator")
    page, _ = operator.both("/profile/")
    assert "Завершить остальные" in page
    assert operator.post("/profile/sessions/revocation").status_code == 303
    assert (operator.page("/profile/").status_code, other.page("/profile/").status_code) == (200, 303)
    wrong = operator.post("/profile/password", {"old": "not it", "new": ANOTHER, "again": ANOTHER})
    assert (wrong.status_code, "не ваш нынешний пароль" in wrong.text) == (422, True)
    assert PASSWORD not in wrong.text
    assert ANOTHER not in wrong.text


def test_a_changed_password_gives_this_browser_a_new_session(operator: Visit, portal: Portal) -> None:
    cookie = portal.settings.session_cookie
    before = operator.client.get_cookie(cookie)
    operator.post("/profile/password", {"old": PASSWORD, "new": ANOTHER, "again": ANOTHER})
    after = operator.client.get_cookie(cookie)
    assert before
    assert after
    assert before.value != after.value
    assert operator.page("/admin/").status_code == 200


@pytest.mark.parametrize(
    ("cookie", "own", "shown"), [("ru", "en", 'lang="en"'), ("en", "", 'lang="en"'), ("", "ru", 'lang="ru"')]
)
def test_the_language_of_the_account_wins(operator: Visit, portal: Portal, cookie: str, own: str, shown: str) -> None:
    operator.client.set_cookie("klyuchnik-language", cookie)
    if own:
        portal.own_account.prefer(number_of(portal, "operator"), locale=own)
    assert shown in operator.page("/admin/").text


def test_language_and_theme_are_kept_with_the_account(operator: Visit, sign_in: Callable[[str], Visit]) -> None:
    operator.post("/language", {"language": "en"})
    operator.post("/theme", {"theme": "dark"})
    page = sign_in("operator").page("/admin/").text
    assert 'lang="en"' in page
    assert 'data-theme="dark"' in page
