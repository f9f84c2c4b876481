"""What people type about themselves: normal forms, check digits and a word on every fault."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.errors import InvalidInput
from portal.domain.identity import IdentityClaim, Organization, Passport, Sex
from portal.domain.identity_check import (
    CheckState,
    IdentityService,
    Verdict,
    demanded_fields,
    still_valid,
    verdict_of,
)
from portal.domain.identity_form import FIELDS, read_claim, tidy_claim
from portal.domain.identity_numbers import inn_fault, ogrn_fault, only_digits, snils_fault

TODAY = date(2026, 11, 22)
GOOD = {
    "surname": "Щёголева-Орлова",
    "given_name": "Анна",
    "middle_name": "Петровна",
    "birth_date": "12.03.1990",
    "birth_place": "г. Тверь",
    "sex": "female",
    "passport_series": "28 10",
    "passport_number": "123456",
    "passport_date": "2010-04-01",
    "passport_code": "690-001",
    "passport_issuer": "ОУФМС России по Тверской области",
    "snils": "112-233-445 95",
    "inn": "500100732259",
    "organization_name": "АО «Ключ»",
    "organization_inn": "7707083893",
    "organization_ogrn": "1027700132195",
}
ALL = demanded_fields(IdentityService)


def test_a_whole_form_becomes_a_claim_in_normal_form() -> None:
    assert read_claim(GOOD, ALL, TODAY) == IdentityClaim(
        surname="Щёголева-Орлова",
        given_name="Анна",
        middle_name="Петровна",
        birth_date=date(1990, 3, 12),
        sex=Sex.FEMALE,
        birth_place="г. Тверь",
        passport=Passport("2810", "123456", date(2010, 4, 1), "690001", "ОУФМС России по Тверской области"),
        snils="11223344595",
        inn="500100732259",
        organization=Organization("АО «Ключ»", "7707083893", "1027700132195"),
    )


def test_what_is_not_demanded_may_be_left_out() -> None:
    bare = {
        "surname": " Ли ",
        "given_name": "Ён",
        "no_middle_name": "y",
        "middle_name": "х",
        "birth_date": "1990-03-12",
    }
    claim = read_claim(bare, (), TODAY)
    assert claim == IdentityClaim("Ли", "Ён", "", date(1990, 3, 12))
    assert "Ли" not in repr(claim)


def test_an_empty_form_names_every_field_that_is_missing() -> None:
    with pytest.raises(InvalidInput) as caught:
        read_claim({}, ALL, TODAY)
    optional = {"no_middle_name", "birth_place", "citizenship"}
    assert list(caught.value.fields) == [name for name in FIELDS if name not in optional]
    assert caught.value.fields.pop("middle_name") == "patronymic_or_none"
    assert set(caught.value.fields.values()) == {"required"}


@pytest.mark.parametrize(
    ("field", "value", "fault"),
    [
        ("surname", "Smith", "cyrillic_only"),
        ("surname", "Щ" * 61, "too_long"),
        ("given_name", "Анна1", "cyrillic_only"),
        ("middle_name", "", "patronymic_or_none"),
        ("birth_date", "31.02.1990", "bad_date"),
        ("birth_date", "1899-12-31", "too_early"),
        ("birth_place", "т" * 256, "too_long"),
        ("sex", "other", "invalid"),
        ("citizenship", "Russia", "bad_country"),
        ("passport_series", "281", "wrong_length"),
        ("passport_number", "12345O", "digits_only"),
        ("passport_number", "", "required"),
        ("passport_date", "2004-03-11", "before_fourteen"),
        ("passport_date", "2027-01-01", "in_future"),
        ("passport_code", "690-00", "wrong_length"),
        ("passport_issuer", "", "required"),
        ("passport_issuer", "о" * 256, "too_long"),
        ("snils", "112-233-445 96", "check_digits"),
        ("inn", "500100732250", "check_digits"),
        ("inn", "5001007322", "wrong_length"),
        ("organization_name", "", "required"),
        ("organization_inn", "7707083890", "check_digits"),
        ("organization_inn", "", "required"),
        ("organization_ogrn", "1027700132190", "check_digits"),
        ("organization_ogrn", "", "required"),
    ],
)
def test_a_fault_is_told_by_field(field: str, value: str, fault: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_claim(GOOD | {field: value}, ALL, TODAY)
    assert caught.value.fields == {field: fault}


def test_a_block_begun_must_be_finished() -> None:
    begun = {name: GOOD[name] for name in ("surname", "given_name", "middle_name", "birth_date")}
    with pytest.raises(InvalidInput) as caught:
        read_claim(begun | {"passport_series": "2810", "organization_name": "АО «Ключ»"}, (), TODAY)
    assert set(caught.value.fields) == {
        *("passport_number", "passport_date", "passport_code", "passport_issuer"),
        *("organization_inn", "organization_ogrn"),
    }


@pytest.mark.parametrize(
    ("born", "issued", "fault"),
    [
        ("1992-02-29", "2006-02-28", {}),
        ("1992-02-29", "2006-02-27", {"passport_date": "before_fourteen"}),
        ("rubbish", "2006-02-27", {"birth_date": "bad_date"}),
        ("9990-01-01", "2006-02-27", {"birth_date": "in_future", "passport_date": "before_fourteen"}),
    ],
)
def test_a_passport_is_given_from_the_fourteenth_birthday(born: str, issued: str, fault: dict[str, str]) -> None:
    form = GOOD | {"birth_date": born, "passport_date": issued}
    if not fault:
        assert read_claim(form, ALL, TODAY).passport
        return
    with pytest.raises(InvalidInput) as caught:
        read_claim(form, ALL, TODAY)
    assert caught.value.fields == fault


def test_an_entrepreneur_has_longer_numbers() -> None:
    form = GOOD | {"organization_inn": "500100732259", "organization_ogrn": "304500116000157"}
    claim = read_claim(form, ALL, TODAY)
    assert claim.organization == Organization("АО «Ключ»", "500100732259", "304500116000157")


@given(st.dictionaries(st.sampled_from(FIELDS), st.text(max_size=30)))
def test_whatever_is_typed_is_a_claim_or_a_list_of_faults(raw: dict[str, str]) -> None:
    read = _claim_or_faults(raw)
    if isinstance(read, IdentityClaim):
        assert read.surname == tidy_claim(raw)["surname"]
    else:
        assert read
        assert read <= set(FIELDS)


def _claim_or_faults(raw: dict[str, str]) -> IdentityClaim | set[str]:
    try:
        return read_claim(raw, (), TODAY)
    except InvalidInput as caught:
        return set(caught.fields)


def _snils(number: int) -> str:
    digits = f"{number:09}"
    total = sum(int(digit) * (9 - place) for place, digit in enumerate(digits))
    return f"{digits}{(0 if total % 101 == 100 else total % 101):02}"


@given(st.integers(1_001_999, 999_999_999))
def test_a_made_snils_is_right_and_its_neighbour_wrong(number: int) -> None:
    made = _snils(number)
    assert snils_fault(made) == ""
    other = f"{made[:9]}{(int(made[9:]) + 1) % 100:02}"
    assert snils_fault(other) == "check_digits"


@pytest.mark.parametrize(
    ("fault", "value"),
    [
        ("", "00100199800"),
        ("wrong_length", "1122334459"),
        ("digits_only", "1122334459а"),
        ("digits_only", "1122334459²"),
        ("digits_only", ""),
    ],
)
def test_a_snils_may_be_malformed(fault: str, value: str) -> None:
    assert snils_fault(value) == fault


def test_numbers_of_the_tax_service() -> None:
    assert inn_fault("7707083893", 10) == inn_fault("500100732259", 12) == ""
    assert inn_fault("0077083893", 10) == "invalid"
    assert ogrn_fault("1027700132195") == ogrn_fault("304500116000157") == ""
    assert ogrn_fault("304500116000158") == "check_digits"
    assert ogrn_fault("10277001321") == "wrong_length"
    assert only_digits("№ 112-233-445 95") == "11223344595"


C, R, N, A, Q = (
    CheckState.CONFIRMED,
    CheckState.REFUTED,
    CheckState.NOT_FOUND,
    CheckState.NO_ANSWER,
    CheckState.QUEUED,
)


@pytest.mark.parametrize(
    ("states", "verdict"),
    [
        ((), Verdict.PENDING),
        ((C, C), Verdict.CONFIRMED),
        ((C, Q), Verdict.PENDING),
        ((A, Q), Verdict.PENDING),
        ((R, Q), Verdict.REFUTED),
        ((N, R), Verdict.REFUTED),
        ((C, N, A), Verdict.NOT_FOUND),
        ((C, A), Verdict.NO_ANSWER),
    ],
)
def test_answers_make_a_verdict(states: tuple[CheckState, ...], verdict: Verdict) -> None:
    assert verdict_of(states) is verdict


@given(st.lists(st.sampled_from(CheckState)))
def test_only_confirmations_confirm(states: list[CheckState]) -> None:
    assert (verdict_of(states) is Verdict.CONFIRMED) == (set(states) == {C})


def test_a_confirmation_is_relied_on_for_its_term() -> None:
    then = datetime(2026, 11, 1, tzinfo=UTC)
    term = timedelta(days=30)
    assert still_valid(then, then, term)
    assert not still_valid(then, then + term, term)
    assert not still_valid(then, then - timedelta(seconds=1), term)
