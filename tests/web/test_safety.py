"""What holds for every answer: headers, forms with tokens, reads that change nothing, hostile text that stays text."""

import re

import pytest
from flask import Flask
from sqlalchemy import MetaData, select

from portal.bootstrap import Portal
from portal.web.security_headers import HEADERS, POLICY
from tests.web.routes import Route, routes
from tests.web.visits import Visit, checked
from tests.web.world import HOSTILE, World

PAGES = [
    "/admin/",
    "/admin/people",
    "/admin/people/1?device=1",
    "/admin/devices",
    "/admin/devices/1",
    "/admin/devices/1/updates/new",
    "/admin/devices/1/tracking",
    "/admin/search?q=1098",
    "/admin/suggest?q=1098",
    "/admin/updates",
    "/admin/audit",
]
#: What writes down that somebody was there; looking at a page changes nothing else.
NOTED = {"sessions"}


def snapshot(portal: Portal) -> dict[str, list[object]]:
    meta = MetaData()
    with portal.database.read() as connection:
        meta.reflect(connection)
        tables = [table for table in meta.sorted_tables if table.name not in NOTED]
        return {table.name: list(connection.execute(select(table))) for table in tables}


def reading(app: Flask) -> list[Route]:
    # a stream is no page: it has a test of its own
    return [route for route in routes(app) if route.method == "GET" and not route.endpoint.endswith(".update_events")]


def test_looking_changes_nothing(app: Flask, admin: Visit, portal: Portal) -> None:
    before = snapshot(portal)
    pages = [
        route for route in reading(app) if route.endpoint != "admin.people_export"
    ]  # who took people away is noted
    for route in pages:
        admin.page(route.address)
        admin.fragment(route.address)
    assert snapshot(portal) == before


def test_every_answer_carries_the_headers(app: Flask, admin: Visit, stranger: Visit) -> None:
    for visit in (admin, stranger):
        for route in reading(app):
            response = visit.page(route.address)
            expected = dict(HEADERS)
            if route.endpoint.startswith("pki."):
                del expected["Cross-Origin-Resource-Policy"]
            assert {name: response.headers.get(name) for name in expected} == expected, route


def test_the_policy_allows_nothing_inline() -> None:
    assert "unsafe" not in POLICY
    assert "data:" not in POLICY
    assert POLICY.startswith("default-src 'none'")


def test_pages_are_not_kept(app: Flask, admin: Visit) -> None:
    for address in PAGES:
        assert admin.page(address).headers["Cache-Control"] == "no-store", address
        assert "Cookie" in admin.page(address).headers["Vary"]


def test_every_change_needs_the_token(app: Flask, admin: Visit) -> None:
    for_programs = ("pki.", "est.", "cmp.", "agents_api.")  # no cookie is looked at there, so nobody's can be misused
    posts = [route for route in routes(app) if route.method != "GET" and not route.endpoint.startswith(for_programs)]
    assert posts
    for route in posts:
        response = admin.client.open(route.address, method=route.method, data={"csrf_token": "wrong"})
        assert response.status_code == 400, route
        assert "Ничего не изменено" in response.text or "Nothing was changed" in response.text


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}]
)
def test_a_change_from_another_site_is_refused(app: Flask, admin: Visit, headers: dict[str, str]) -> None:
    token = admin.token()
    for route in routes(app):
        if route.method == "GET" or route.endpoint.startswith("pki."):
            continue
        response = admin.client.open(route.address, method=route.method, data={"csrf_token": token}, headers=headers)
        assert response.status_code == 403, route


def test_the_token_may_come_in_htmx_header(admin: Visit) -> None:
    headers = {"X-CSRFToken": admin.token(), "Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}
    response = admin.client.post("/theme", data={"theme": "dark", "next": "/admin/"}, headers=headers)
    assert response.status_code == 303


@pytest.mark.parametrize("address", PAGES)
def test_hostile_names_stay_text(admin: Visit, world: World, address: str) -> None:
    page = admin.page(address).text
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    checked(page)


def test_the_hostile_subject_is_really_shown(admin: Visit) -> None:
    page = admin.page("/admin/devices/1/updates/new").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert HOSTILE not in page


def test_a_search_is_echoed_as_text(admin: Visit) -> None:
    for path in ("/admin/search", "/admin/people", "/admin/devices"):
        page = admin.page(f'{path}?q="><script>alert(1)</script>').text
        assert "<script>alert" not in page
        checked(page)


def test_without_htmx_headers_a_page_is_whole(app: Flask, admin: Visit) -> None:
    for address in PAGES:
        assert admin.page(address).text.lstrip().startswith("<!doctype html>"), address
        boosted = admin.fragment(address, **{"HX-Boosted": "true"})
        assert boosted.text.lstrip().startswith("<!doctype html>"), address
        restored = admin.fragment(address, **{"HX-History-Restore-Request": "true"})
        assert restored.text.lstrip().startswith("<!doctype html>"), address


def test_no_page_asks_another_host(admin: Visit) -> None:
    for address in PAGES:
        outside = re.findall(r'(?:src|href|action)="(?:https?:)?//[^"]*"', admin.page(address).text)
        assert outside == [], address


def test_text_with_a_nul_is_refused(admin: Visit, stranger: Visit) -> None:
    asked = ("/admin/search?q=a%00b", "/admin/people/1?%00=1", "/sign-in/with/%00")
    assert [admin.page(address).status_code for address in asked] == [400, 400, 400]
    typed = stranger.post("/sign-in", {"login": "\0", "password": "x"}), admin.post("/profile/password", {"\0": "x"})
    assert [answer.status_code for answer in typed] == [400, 400]
    assert "<html" in typed[0].text
