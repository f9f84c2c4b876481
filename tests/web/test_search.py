"""One box for everything."""

from urllib.parse import quote

import pytest

from tests.web.visits import Visit


@pytest.mark.parametrize("typed", ["бел", "1098447118", "m.belyaeva"])
def test_people_and_devices_together(admin: Visit, typed: str) -> None:
    for path in ("/admin/search", "/admin/suggest"):
        fragment = admin.fragment(f"{path}?q={typed}").text
        assert "Беляева Марина Сергеевна" in fragment
        assert "1098447118" in fragment
        page = admin.page(f"{path}?q={typed}").text
        assert "Беляева Марина Сергеевна" in page
        assert "<html" in page


@pytest.mark.parametrize(
    "typed",
    ["бЕЛЯЕВА", "бёляева", "марина беляева", ",tkztdf", "belyaeva mar"],
    ids=["case", "yo", "order", "layout", "transliteration"],
)
def test_the_box_forgives(admin: Visit, typed: str) -> None:
    for path in ("/admin/search", "/admin/suggest"):
        assert "Беляева Марина Сергеевна" in admin.fragment(f"{path}?q={quote(typed)}").text


def test_an_empty_box_answers_nothing(admin: Visit) -> None:
    assert admin.fragment("/admin/suggest?q=").text.strip() == ""


def test_the_count_is_told_to_the_ear(admin: Visit) -> None:
    assert 'role="status"' in admin.fragment("/admin/suggest?q=бел").text
    assert "Ничего не нашли" in admin.fragment("/admin/suggest?q=нетакого").text


def test_the_box_keeps_what_was_typed(admin: Visit) -> None:
    assert 'name="q" value="бел"' in admin.page("/admin/search?q=бел").text
