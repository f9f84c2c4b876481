"""Subjects made from people."""

import pytest

from portal.domain.errors import InvalidInput
from portal.domain.people import Person
from portal.domain.policy import SubjectRecipe
from portal.domain.recipe import fill
from tests.domain.examples import ANNA

NOBODY = Person(ANNA.id, (), frozenset(), {"title": "Юрист", "cn": "  "})


def test_attributes_take_the_place_of_their_names() -> None:
    recipe = SubjectRecipe((("CN", "{cn}"), ("T", "{title}, отдел {department}")), (("email", "{email}"),))
    assert fill(recipe, ANNA) == (
        (("CN", "Анна Ким"), ("T", "Юрист, отдел")),
        (("email", "anna@example.org"),),
    )


def test_what_comes_out_empty_is_left_out_and_plain_text_stays() -> None:
    recipe = SubjectRecipe((("CN", "{cn}"), ("OU", "{department} / {section}"), ("O", "Ключ")), (("upn", "{upn}"),))
    assert fill(recipe, ANNA) == ((("CN", "Анна Ким"), ("O", "Ключ")), ())


def test_spaces_are_tidied() -> None:
    assert fill(SubjectRecipe((("CN", " {surname}  {cn} "),)), ANNA)[0] == (("CN", "Анна Ким"),)


def test_values_are_never_read_as_patterns() -> None:
    tricky = Person(ANNA.id, (), frozenset(), {"cn": "{email} {0.__class__}", "email": "x"})
    assert fill(SubjectRecipe((("CN", "{cn}"),)), tricky)[0] == (("CN", "{email} {0.__class__}"),)


def test_an_empty_common_name_is_named() -> None:
    with pytest.raises(InvalidInput) as caught:
        fill(SubjectRecipe((("CN", "{cn}"), ("T", "{title}"))), NOBODY)
    assert caught.value.fields == {"CN": "empty"}


def test_an_empty_subject_is_named() -> None:
    with pytest.raises(InvalidInput) as caught:
        fill(SubjectRecipe((("OU", "{department}"),)), NOBODY)
    assert caught.value.fields == {"subject": "empty"}


def test_a_recipe_without_a_common_name_is_fine() -> None:
    assert fill(SubjectRecipe((("T", "{title}"),)), NOBODY)[0] == (("T", "Юрист"),)
