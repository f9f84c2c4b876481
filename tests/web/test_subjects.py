"""Distinguished names are told as people say them."""

import pytest
from flask import Flask

from portal.domain.findings import Finding, UpdateReason
from portal.domain.plan_items import Action, PlanItem
from portal.web.words.findings import finding_sentence
from portal.web.words.plan import item_sentence
from portal.web.words.subjects import owner, owner_name

ANNA = "CN=Смирнова Анна,O=ООО «Партнёр»,C=RU"


@pytest.mark.parametrize(
    ("subject", "name", "whole"),
    [
        (ANNA, "Смирнова Анна", "Смирнова Анна (ООО «Партнёр»)"),
        ("C=RU,O=АО «Ключ»", "АО «Ключ»", "АО «Ключ»"),
        (r"CN=Ключ\, и замок+2.5.4.5=7,O=Дом", "Ключ, и замок", "Ключ, и замок (Дом)"),
        ("CN=Один,O=Один", "Один", "Один"),
        ("OU=CN,C=RU", "OU=CN,C=RU", "OU=CN,C=RU"),
        ("Подпись почты", "Подпись почты", "Подпись почты"),
        ("", "", ""),
    ],
)
def test_a_distinguished_name_is_said_as_people_say_it(subject: str, name: str, whole: str) -> None:
    assert (owner_name(subject), owner(subject)) == (name, whole)


def test_neither_a_reason_nor_a_plan_shows_a_distinguished_name(app: Flask) -> None:
    with app.test_request_context():
        found = finding_sentence(Finding(UpdateReason.FOREIGN_FOUND, ANNA))
        planned = item_sentence(PlanItem(Action.TRACK_ONLY, ANNA))
    assert "Смирнова Анна (ООО «Партнёр»)" in found
    assert "«Смирнова Анна»" in planned
