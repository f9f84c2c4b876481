"""What is kept of a check, and what is different later, line by line."""

from dataclasses import replace

from portal.domain.codec import from_json, to_json
from portal.domain.people_decision import Decision, Fault, Known, Present, Wanted
from portal.domain.people_import import decide
from portal.domain.people_preview import SHOWN_FAULTS, SHOWN_PEOPLE, Preview, marks_of, preview_of, surprises_of
from portal.domain.people_table import read_table

ANNA = Wanted(2, {"login": "a.lee", "surname": "Ли"}, ("Ключ",), frozenset(), "", active=True)
KNOWN = Known(1, {"login": "a.lee", "surname": "Ли"}, ("Ключ",), frozenset(), "", active=True)
CHANGED = replace(ANNA, attributes={**ANNA.attributes, "title": "Инженер"}, known=KNOWN, changed=("title",))
LOGINS = {2: "a.lee"}


def told(before: Decision, after: Decision) -> list[tuple[int, str, str]]:
    found = surprises_of(marks_of(before), marks_of(after), after.faults, LOGINS)
    return [(one.line, one.value, one.code) for one in found]


def test_the_same_again_is_no_surprise() -> None:
    for decision in (Decision(added=(ANNA,)), Decision(changed=(CHANGED,)), Decision(faults=(Fault(2, "x", "", "y"),))):
        assert told(decision, decision) == []


def test_each_difference_has_its_cause() -> None:
    added, changed, nobody = Decision(added=(ANNA,)), Decision(changed=(CHANGED,)), Decision()
    other = Decision(changed=(replace(CHANGED, known=replace(KNOWN, attributes={"login": "a.lee"})),))
    assert told(added, changed) == [(2, "a.lee", "appeared")]
    assert told(added, nobody) == [(2, "a.lee", "appeared")]
    assert told(changed, added) == [(2, "a.lee", "disappeared")]
    assert told(changed, other) == [(2, "a.lee", "changed_since")]
    assert told(changed, nobody) == [(2, "a.lee", "changed_since")]


def test_what_is_wrong_now_is_told_as_it_is() -> None:
    wrong = Decision(faults=(Fault(2, "Логин", "a lee", "bad_login"), Fault(2, "Имя", "", "required")))
    assert told(Decision(added=(ANNA,)), wrong) == [(2, "", "required")]
    assert told(wrong, Decision(added=(ANNA,))) == [(2, "a.lee", "right_now")]


def test_of_a_long_file_the_beginning_is_kept_and_all_is_counted() -> None:
    rows = "".join(f"u{number};Ли;А;Отдел {number}\n" for number in range(300))
    wrong = "x;;;;\n" * 300
    table = read_table(f"login;surname;given_name;unit;\n{rows}{wrong}".encode())
    decision = decide(table, ("login", "surname", "given_name", "unit", ""), Present({}, (), (), ()))
    kept = preview_of(table, decision, marks_of(decision), decision.faults)
    assert (kept.added, kept.changed, kept.wrong, kept.empty) == (300, 0, 300, False)
    assert len(kept.new_people) == SHOWN_PEOPLE
    assert len(kept.units) == SHOWN_PEOPLE + 1, "one more tells that there are more"
    assert len(kept.faults) == len(kept.surprises) == SHOWN_FAULTS
    assert kept.more_faults == kept.more_surprises == len(decision.faults) - SHOWN_FAULTS
    assert kept.samples == ("u0, u1, u2", "Ли, Ли, Ли", "А, А, А", "Отдел 0, Отдел 1, Отдел 2", "")
    assert from_json(Preview, to_json(kept)) == kept
