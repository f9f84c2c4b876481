"""Words are folded the same way when stored and when typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.db.words import device_words, fold, person_keys, person_words, typed_words, variants

PYOTR = {
    "surname": "Салтыков-Щедрин",
    "given_name": "Пётр",
    "middle_name": "Ильич",
    "login": "p.saltykov",
    "email": "Saltykov@klyuch.example",
}


def test_case_yo_and_spaces_do_not_matter() -> None:
    assert fold("  ЁЛКИНА   Алёна ") == "елкина алена"


def test_short_i_stays() -> None:
    assert fold("Й") == fold("и\u0306") == "й"
    assert fold("Андрей") != fold("Андреи")


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_people_are_found_by_every_part_of_a_name() -> None:
    words = person_words(PYOTR)
    expected = {"салтыков-щедрин", "салтыков", "щедрин", "петр", "ильич", "p.saltykov", "saltykov@klyuch.example"}
    assert expected <= set(words)
    assert "example" not in words, "a mail domain is everybody's"


def test_the_search_key_begins_with_the_surname() -> None:
    search, sort = person_keys(PYOTR)
    assert search.startswith("салтыков-щедрин петр ильич p.saltykov")
    assert sort == "салтыков-щедрин петр ильич"


def test_serials_are_found_without_leading_zeros() -> None:
    assert {"0097456", "97456"} <= set(device_words("0097456", ""))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("bdfyjd", "иванов"),
        ("Byyf", "инна"),
        ("шмфтщм", "ivanov"),
        ("ivanov", "иванов"),
        ("Shcherbakova", "щербакова"),
        ("zhukovskiy", "жуковский"),
        ("yuliya", "юлия"),
    ],
)
def test_what_was_meant_is_among_the_variants(typed: str, meant: str) -> None:
    assert meant in variants(typed)


def test_variants_never_repeat_what_was_typed() -> None:
    assert "123" not in variants("123")


def test_a_query_keeps_at_most_five_different_words() -> None:
    assert typed_words("а б а в г д е") == ("а", "б", "в", "г", "д")
