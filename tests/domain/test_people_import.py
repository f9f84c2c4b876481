"""A file against the directory: each person judged alone, mistakes named by line, column and value."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.people_columns import guess
from portal.domain.people_decision import Decision, Known, Present, others_told
from portal.domain.people_import import decide
from portal.domain.people_preview import fingerprint_of, marks_of
from portal.domain.people_table import BadTable, read_table

ANNA = Known(
    1,
    {"login": "A.Lee", "surname": "Ли", "given_name": "Анна", "cn": "Ли Анна", "title": "Инженер", "snils": "1"},
    ("Ключ", "Продажи"),
    frozenset({"Подпись"}),
    "boss",
    active=True,
)
PRESENT = Present({"a.lee": ANNA}, {"a.lee", "boss"}, [("Ключ",), ("Ключ", "Продажи")], ["Подпись"])
HEADER = "логин;фамилия;имя;должность;подразделение;группы;руководитель;активен;почта"


def decided(*lines: str, header: str = HEADER, present: Present = PRESENT) -> Decision:
    table = read_table("\n".join([header, *lines]).encode())
    return decide(table, guess(table.header), present)


def fingerprint(decision: Decision) -> str:
    return fingerprint_of(decision, marks_of(decision))


def faults(decision: Decision) -> list[tuple[int, str, str, str]]:
    return [(one.line, one.column, one.value, one.code) for one in decision.faults]


def test_new_changed_and_unchanged_are_told_apart() -> None:
    decision = decided(
        "p.yolkin;Ёлкин;Пётр;;КЛЮЧ / Закупки;подпись, Новая;a.lee;;",
        "a.lee;;;Старший инженер;ключ\\продажи;;;;",
    )
    (new,), (changed,) = decision.added, decision.changed
    assert new.attributes == {"login": "p.yolkin", "surname": "Ёлкин", "given_name": "Пётр", "cn": "Ёлкин Пётр"}
    assert (new.unit, new.groups, new.manager, new.active) == (
        ("Ключ", "Закупки"),
        frozenset({"Подпись", "Новая"}),
        "a.lee",
        True,
    )
    assert (decision.units, decision.groups) == ((("Ключ", "Закупки"),), ("Новая",))
    assert changed.changed == ("title",)
    assert changed.attributes == {**ANNA.attributes, "title": "Старший инженер"}
    assert decided("A.LEE;Ли;Анна;;;;;;").unchanged == 1


def test_everything_that_is_no_attribute_changes_too() -> None:
    (one,) = decided("a.lee;Орлова;;;Ключ;Новая;p.new;нет;", "p.new;Новый;Пётр;;Ключ;;;;").changed
    assert one.changed == ("cn", "surname", "unit", "groups", "manager", "active")
    assert one.attributes["cn"] == "Орлова Анна", "a common name made of the names follows them"


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (";Ли;Анна;;Ключ;;;;", ("логин", "", "required")),
        ("b;;Анна;;Ключ;;;;", ("фамилия", "", "required")),
        ("b;Ли;Анна;;;;;;", ("подразделение", "", "required")),
        ("two words;Ли;Анна;;Ключ;;;;", ("логин", "two words", "bad_login")),
        ("b;Ли;Анна;;Ключ;;никто;;", ("руководитель", "никто", "unknown_person")),
        ("b;Ли;Анна;;Ключ;;b;;", ("руководитель", "b", "himself")),
        ("b;Ли;Анна;;Ключ;;;может быть;", ("активен", "может быть", "not_yes_or_no")),
        ("b;Ли;Анна;;Ключ;;;;почта", ("почта", "почта", "bad_mail")),
        ("b;Ли;Анна;;" + "/".join("x" * 31) + ";;;;", ("подразделение", "/".join("x" * 31), "too_deep")),
        ("b;Ли;Анна;;/;;;;", ("подразделение", "/", "invalid")),
        ("b;Ли;Анна;" + "x" * 201 + ";Ключ;;;;", ("должность", "x" * 80, "too_long")),
        ("b;Ли;Анна;;Ключ;;;;;лишнее", ("", "лишнее", "too_many_cells")),
    ],
)
def test_a_mistake_is_named_by_line_column_and_value(line: str, fault: tuple[str, str, str]) -> None:
    decision = decided("ok;Ли;Анна;;Ключ;;;;", line)
    assert faults(decision) == [(3, *fault)]
    assert [one.login for one in decision.added] == ["ok"]
    assert decision.wrong == 1


def test_the_same_login_twice_and_no_login_at_all() -> None:
    decision = decided("b;Ли;Анна;;Ключ;;;;", "B;Ли;Анна;;Ключ;;;;")
    assert faults(decision) == [(3, "логин", "B", "login_repeated")]
    assert faults(decided("Ли;Анна", header="фамилия;имя")) == [(1, "login", "", "no_login_column")]


def test_who_stands_under_somebody_wrong_is_wrong_too() -> None:
    chain = [f"p{n};Ли;Анна;;Ключ;;p{n + 1};;" for n in range(3000)]
    decision = decided(*chain, "p3000;;Анна;;Ключ;;;;")
    assert decision.added == ()
    assert decision.wrong == 3001


def test_who_stands_under_somebody_known_stays_when_that_line_is_wrong() -> None:
    decision = decided("a.lee;;;;;;никто;;", "b;Ли;Борис;;Ключ;;a.lee;;")
    assert faults(decision) == [(2, "руководитель", "никто", "unknown_person")]
    assert [(one.login, one.manager) for one in decision.added] == [("b", "a.lee")]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("a.lee;;;Директор;;;;;", {}),
        ("a.lee;;;;Ключ;;;;", {"unit": "Ключ / Продажи → Ключ"}),
        ("a.lee;;;;;Новая, Архив;;;", {"groups": "+ Архив, + Новая, − Подпись"}),
        ("a.lee;;;;;;b.new;;", {"manager": "boss → b.new"}),
        ("a.lee;;;;;;;нет;", {"active": "−"}),
    ],
)
def test_only_what_changes_beside_attributes_is_told(line: str, told: dict[str, str]) -> None:
    (one,) = decided(line, present=replace(PRESENT, logins={"a.lee", "boss", "b.new"})).changed
    assert others_told(one, ANNA) == told


def test_who_works_again_and_had_no_manager_is_told_so() -> None:
    known = replace(ANNA, active=False, manager="")
    present = replace(PRESENT, people={"a.lee": known})
    (one,) = decided("a.lee;;;;;;boss;да;", present=present).changed
    assert others_told(one, known) == {"manager": "— → boss", "active": "+"}


def test_the_fingerprint_tells_when_anything_would_be_otherwise() -> None:
    line = "a.lee;;;Директор;;;;;"
    seen = fingerprint(decided(line))
    assert seen == fingerprint(decided(line))
    other = replace(PRESENT, people={"a.lee": replace(ANNA, attributes={**ANNA.attributes, "phone": "1"})})
    assert seen != fingerprint(decided(line, present=other))
    assert seen != fingerprint(decided("a.lee;;;Директор;Ключ;;;;"))


def test_an_apostrophe_before_a_formula_is_ours() -> None:
    (one,) = decided("b;Ли;Анна;'=1+1;Ключ;;;;").added
    assert one.attributes["title"] == "=1+1"


CELLS = st.one_of(st.sampled_from(["", "a.lee", "boss", "Ключ", "да", "x/y/z"]), st.text(max_size=12))


@given(st.lists(st.lists(CELLS, max_size=11), min_size=1, max_size=6))
def test_every_line_ends_up_somewhere_once(rows: list[list[str]]) -> None:
    lines = [";".join('"' + cell.replace('"', '""').replace("\0", "") + '"' for cell in row) for row in rows]
    try:
        table = read_table("\n".join([HEADER, *lines]).encode("utf-8", "replace"))
    except BadTable:
        return
    decision = decide(table, guess(table.header), PRESENT)
    wrong = {fault.line for fault in decision.faults}
    good = [one.line for one in (*decision.added, *decision.changed)]
    assert not wrong & set(good)
    assert len(wrong) + len(good) + decision.unchanged == len(table.rows)
    fingerprint(decision)
