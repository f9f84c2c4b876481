"""People: the list and the card."""

import re

import pytest

from tests.web.visits import Visit
from tests.web.world import World


def test_the_list(admin: Visit) -> None:
    page, fragment = admin.both("/admin/people")
    assert fragment.index("Беляева") < fragment.index("Воронцов")
    assert 'role="search"' in page


@pytest.mark.parametrize("typed", ["бел", "БЕЛЯЕВА", "марина", "m.bel", "1098447", ",tkz", "belyaeva"])
def test_a_person_is_found_by_any_word(admin: Visit, typed: str) -> None:
    _page, fragment = admin.both(f"/admin/people?q={typed}")
    assert "Беляева Марина Сергеевна" in fragment


def test_nobody_found_says_what_to_try(admin: Visit) -> None:
    _page, fragment = admin.both("/admin/people?q=нетакого")
    assert "Никого не нашли" in fragment


def test_the_card_says_why_this_policy(admin: Visit, world: World) -> None:
    page, fragment = admin.both(f"/admin/people/{world.belyaeva}")
    assert "<h1>Беляева Марина Сергеевна</h1>" in page
    assert "Почему эта" in fragment
    assert "назначена подразделению «Ключ», приоритет 100" in fragment


def test_the_policy_is_a_link_for_who_may_read_it(admin: Visit, employee: Visit, world: World) -> None:
    card = admin.fragment(f"/admin/people/{world.belyaeva}").text
    (address,) = set(re.findall(r'href="(/admin/policies/\d+)"', card))
    assert admin.page(address).status_code == 200
    assert "/admin/policies" not in employee.page("/my/").text


def test_the_address_opens_a_device(admin: Visit, world: World) -> None:
    closed = admin.page(f"/admin/people/{world.belyaeva}").text
    opened, _fragment = admin.both(f"/admin/people/{world.belyaeva}?device={world.due}")
    assert "Сертификаты на устройстве" not in closed
    assert "Сертификаты на устройстве" in opened


def test_somebody_elses_device_is_not_opened_there(admin: Visit, world: World) -> None:
    page = admin.page(f"/admin/people/{world.belyaeva}?device={world.fine}")
    assert page.status_code == 200
    assert "Сертификаты на устройстве" not in page.text


def test_nobody_of_this_number(admin: Visit) -> None:
    assert admin.page("/admin/people/999").status_code == 404
