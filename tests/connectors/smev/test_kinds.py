"""What is asked is valid by the official schemas, for everybody; what is answered means what it says."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from portal.connectors.smev.kinds import KINDS
from portal.connectors.smev.kinds.catalogue import CATALOGUE
from portal.connectors.smev.safe_xml import Element
from portal.domain.identity import IdentityClaim, Organization, Passport, Sex
from portal.domain.identity_check import CheckAnswer, CheckState, IdentityService, RefutedBy
from portal.domain.identity_form import read_claim
from portal.ports.information_kinds import MadeCertificate, Question, UnreadableAnswerError
from tests.support.citizens import CLAIMS, ENTREPRENEURS
from tests.support.smev_schemas import kind_schema

ASKER = Organization("Аккредитованный центр", "7707083893", "1027700132195")
MADE = MadeCertificate("01d8f3", "Ключ УЦ", date(2026, 11, 22), date(2027, 11, 22))
IVANOVA = IdentityClaim(
    surname="Иванова-Ёлкина",
    given_name="Анна",
    middle_name="Петровна",
    birth_date=date(1990, 3, 12),
    sex=Sex.FEMALE,
    passport=Passport("2810", "123456", date(2010, 4, 1), "690001", "ОУФМС России"),
    snils="11223344595",
    inn="500100732259",
    organization=Organization("АО «Ключ»", "7707083893", "1027700132195"),
)
TRADER = replace(IVANOVA, organization=Organization("ИП", "500100732259", "304500116000157"))

SCHEMAS = {
    IdentityService.PASSPORT: "mvd-passport-dossier-1.1.0/guvm-passport-dossier-1.1.0.xsd",
    IdentityService.SNILS_SEARCH: "sfr-snils-by-additional-data-1.0.1/snils-by-additionalData-1.0.1.xsd",
    IdentityService.INN: "fns-inn-singular-4.0.1/fns-inn-singular-ru-root.xsd",
    IdentityService.INN_SEARCH: "fns-innfdrfio-4.0.0/fns-innfdrfio-root.xsd",
    IdentityService.LEGAL_ENTITY: "fns-vipul-4.0.6/fns-vipul-tosmv-ru.xsd",
    IdentityService.ENTREPRENEUR: "fns-vipip-4.0.5/fns-vipip-tosmv-ru.xsd",
    IdentityService.ACCOUNT: "esia-register-certificate-1.4.1/esia_rg_register_certificate.xsd",
}


def sent_about(service: IdentityService, claim: IdentityClaim) -> Element:
    """The question as it comes out at the other end."""
    made = KINDS[service].write(Question(claim, "1" * 36, ASKER, "DEV", MADE))
    return etree.fromstring(etree.tostring(made, encoding="utf-8"))


def test_every_question_has_a_kind_of_information() -> None:
    assert set(KINDS) == set(IdentityService)
    assert len({kind.namespace for kind in KINDS.values()}) == len(KINDS)


def test_every_kind_but_one_has_a_published_schema() -> None:
    assert set(IdentityService) - set(SCHEMAS) == {IdentityService.SNILS}


@pytest.mark.parametrize("service", SCHEMAS)
@settings(max_examples=40)
@given(data=st.data())
def test_a_question_is_valid_by_its_official_schema(service: IdentityService, data: st.DataObject) -> None:
    schema = kind_schema(SCHEMAS[service])
    claim = data.draw(CLAIMS)
    if service is IdentityService.ENTREPRENEUR:
        claim = replace(claim, organization=data.draw(ENTREPRENEURS))
    sent = sent_about(service, claim)
    schema.assertValid(sent)
    assert sent.tag == f"{{{KINDS[service].namespace}}}{KINDS[service].root}"


@given(CLAIMS)
def test_whoever_can_be_asked_about_can_be_typed_in(claim: IdentityClaim) -> None:
    passport = claim.passport
    assert passport
    typed = {
        "surname": claim.surname,
        "given_name": claim.given_name,
        "middle_name": claim.middle_name,
        "no_middle_name": "" if claim.middle_name else "y",
        "birth_date": claim.birth_date.isoformat(),
        "sex": str(claim.sex),
        "snils": claim.snils,
        "inn": claim.inn,
    }
    bare = replace(claim, passport=None, organization=None, birth_place="")
    assert read_claim(typed, {"snils", "inn", "sex"}, date(2026, 11, 22)) == bare


def test_a_question_about_a_snils() -> None:
    found = sent_about(IdentityService.SNILS, IVANOVA)
    namespace = KINDS[IdentityService.SNILS].namespace
    assert found.findtext(f"{{{namespace}}}Snils") == "11223344595"
    assert found.findtext(f"{{{namespace}}}Gender") == "Female"
    assert [etree.QName(part).localname for part in found] == [
        *("FamilyName", "FirstName", "Patronymic", "Snils", "Gender", "BirthDate")
    ]


@pytest.mark.parametrize(
    ("service", "lacking"),
    [
        (IdentityService.SNILS, replace(IVANOVA, snils="")),
        (IdentityService.SNILS, replace(IVANOVA, sex=None)),
        (IdentityService.INN, replace(IVANOVA, passport=None)),
        (IdentityService.LEGAL_ENTITY, replace(IVANOVA, organization=None)),
        (IdentityService.LEGAL_ENTITY, TRADER),
        (IdentityService.ENTREPRENEUR, IVANOVA),
    ],
)
def test_a_claim_that_lacks_what_a_kind_demands_is_not_asked_about(
    service: IdentityService, lacking: IdentityClaim
) -> None:
    with pytest.raises(ValueError, match=r"passport|snils|sex|organization"):
        KINDS[service].write(Question(lacking, "1", ASKER))


def test_a_passport_that_was_not_claimed_is_not_looked_for() -> None:
    with pytest.raises(ValueError, match="passport"):
        KINDS[S.PASSPORT].read(_answer(S.PASSPORT, _dossier()), replace(IVANOVA, passport=None))


def test_a_certificate_must_be_made_before_it_is_told_of() -> None:
    with pytest.raises(ValueError, match="made"):
        KINDS[IdentityService.ACCOUNT].write(Question(IVANOVA, "1", ASKER))


def test_a_private_person_is_told_of_without_organisation_and_passport() -> None:
    bare = replace(IVANOVA, organization=None, passport=None, snils="", sex=None)
    sent = sent_about(IdentityService.ACCOUNT, bare)
    kind_schema(SCHEMAS[IdentityService.ACCOUNT]).assertValid(sent)
    assert "PSO" in etree.tostring(sent, encoding="unicode")


def _answer(service: IdentityService, inner: str, attributes: str = "") -> Element:
    kind = KINDS[service]
    spaces = 'xmlns:g="urn://mvd/guvm/basic-types/1.1.0" xmlns:v="urn://mvd/guvm/passport-validity-commons/1.1.0"'
    spaces += ' xmlns:e="urn://mincomsvyaz/esia/commons/rg_sevices_types/1.4.1"'
    text = f'<{kind.answer_root} xmlns="{kind.namespace}" {spaces} {attributes}>{inner}</{kind.answer_root}>'
    return etree.fromstring(text)


def _dossier(number: str = "123456", state: str = "<validDoc/>", code: str = "690-001", day: str = "2010-04-01") -> str:
    return (
        "<passportDossier><person/><passport>"
        f"<g:series>2810</g:series><g:number>{number}</g:number><issuerCode>{code}</issuerCode>"
        f"<issuerName>ОУФМС</issuerName><issueDate>{day}</issueDate>{state}</passport></passportDossier>"
    )


def _spoilt(reason: str) -> str:
    return _dossier(state=f"<invalidDoc><v:invalidityReason>{reason}</v:invalidityReason></invalidDoc>")


def _entity(inner: str = "", ogrn: str = "1027700132195", inn: str = "7707083893") -> str:
    return f'<СвЮЛ ОГРН="{ogrn}" ИНН="{inn}">{inner}</СвЮЛ>'


def _trader(inner: str = "", ogrn: str = "304500116000157", surname: str = "ИВАНОВА-ЕЛКИНА") -> str:
    return (
        f'<СвИП><СвФЛ><ФИОРус Фамилия="{surname}" Имя="Анна" Отчество="Петровна"/></СвФЛ>'
        f'<СвРегИП ОГРНИП="{ogrn}"/>{inner}</СвИП>'
    )


def _head(surname: str) -> str:
    return f'<СведДолжнФЛ><СвФЛ Фамилия="{surname}" Имя="АННА" Отчество="ПЕТРОВНА"/></СведДолжнФЛ>'


CONFIRMED = CheckAnswer(CheckState.CONFIRMED)


def refuted(by: RefutedBy, remark: str = "") -> CheckAnswer:
    return CheckAnswer(CheckState.REFUTED, by, remark)


S = IdentityService
ANSWERS = [
    (S.PASSPORT, _dossier("000000") + _dossier(), CONFIRMED),
    (S.PASSPORT, _dossier("000000"), refuted(RefutedBy.PASSPORT_DIFFERS)),
    (S.PASSPORT, _dossier(day="2010-04-02"), refuted(RefutedBy.ISSUE_DIFFERS)),
    (S.PASSPORT, _dossier(code="690-002"), refuted(RefutedBy.ISSUE_DIFFERS)),
    (S.PASSPORT, _spoilt("601"), refuted(RefutedBy.PASSPORT_EXPIRED, "601")),
    (S.PASSPORT, _spoilt("602"), refuted(RefutedBy.PASSPORT_REPLACED, "602")),
    (S.PASSPORT, _spoilt("603"), refuted(RefutedBy.PASSPORT_ISSUED_WRONGLY, "603")),
    (S.PASSPORT, _spoilt("604"), refuted(RefutedBy.PASSPORT_WANTED, "604")),
    (S.PASSPORT, _spoilt("605"), refuted(RefutedBy.PASSPORT_WITHDRAWN, "605")),
    (S.PASSPORT, _spoilt("606"), refuted(RefutedBy.HOLDER_DIED, "606")),
    (S.PASSPORT, _spoilt("607"), refuted(RefutedBy.PASSPORT_SPOILT, "607")),
    (S.PASSPORT, _spoilt("609"), refuted(RefutedBy.PASSPORT_LOST, "609")),
    (S.PASSPORT, _spoilt("600"), refuted(RefutedBy.PASSPORT_INVALID, "600")),
    (S.SNILS, "<Result>true</Result>", CONFIRMED),
    (S.SNILS, "<Result>0</Result>", refuted(RefutedBy.SNILS_DIFFERS)),
    (S.SNILS_SEARCH, "<Snils>11223344595</Snils>", CONFIRMED),
    (S.SNILS_SEARCH, "<Snils>00000000000</Snils>", refuted(RefutedBy.SNILS_DIFFERS)),
    (S.INN_SEARCH, "<PhysicalPersonINN>500100732259</PhysicalPersonINN>", CONFIRMED),
    (S.INN_SEARCH, "<PhysicalPersonINN>500100732250</PhysicalPersonINN>", refuted(RefutedBy.INN_DIFFERS)),
    (S.INN_SEARCH, "<TreatmentCode>01</TreatmentCode>", CheckAnswer(CheckState.NOT_FOUND, remark="01")),
    (S.LEGAL_ENTITY, _entity(_head("Иванова-Елкина")), CheckAnswer(CheckState.CONFIRMED, remark="head")),
    (S.LEGAL_ENTITY, _entity(_head("Другая")), CheckAnswer(CheckState.CONFIRMED, remark="not_head")),
    (S.LEGAL_ENTITY, _entity(inn="7707083890"), refuted(RefutedBy.ORGANIZATION_DIFFERS)),
    (S.LEGAL_ENTITY, _entity("<СвПрекрЮЛ/>"), refuted(RefutedBy.ORGANIZATION_CLOSED)),
    (S.LEGAL_ENTITY, "<КодОбр>01</КодОбр>", CheckAnswer(CheckState.NOT_FOUND, remark="01")),
    (S.LEGAL_ENTITY, "<КодОбр>54</КодОбр>", CheckAnswer(CheckState.NO_ANSWER, remark="54")),
    (S.ENTREPRENEUR, _trader(), CheckAnswer(CheckState.CONFIRMED, remark="head")),
    (S.ENTREPRENEUR, _trader(ogrn="304500116000158"), refuted(RefutedBy.ORGANIZATION_DIFFERS)),
    (S.ENTREPRENEUR, _trader("<СвПрекращ/>"), refuted(RefutedBy.ORGANIZATION_CLOSED)),
    (S.ENTREPRENEUR, _trader(surname="Другая"), refuted(RefutedBy.PERSON_DIFFERS)),
    (S.ENTREPRENEUR, "<КодОбр>01</КодОбр>", CheckAnswer(CheckState.NOT_FOUND, remark="01")),
    (S.ACCOUNT, "<status>SUCCEEDED</status>", CONFIRMED),
    (S.ACCOUNT, "<status>VALIDATING</status>", CheckAnswer(CheckState.PROCESSING)),
    (
        S.ACCOUNT,
        "<status>VALIDATION_FAILED</status><errorStatusInfo><e:Code>E7</e:Code></errorStatusInfo>",
        refuted(RefutedBy.ACCOUNT_REFUSED, "E7"),
    ),
    (S.ACCOUNT, "<status>FAULT</status>", CheckAnswer(CheckState.NO_ANSWER)),
]


@pytest.mark.parametrize(("service", "inner", "meant"), ANSWERS)
def test_an_answer_means_what_it_says(service: IdentityService, inner: str, meant: CheckAnswer) -> None:
    claim = TRADER if service is IdentityService.ENTREPRENEUR else IVANOVA
    assert KINDS[service].read(_answer(service, inner), claim) == meant


@pytest.mark.parametrize(
    ("attributes", "meant"),
    [
        ('ИННФЛ="500100732259"', CONFIRMED),
        ('ИННФЛ="500100732250"', refuted(RefutedBy.INN_DIFFERS)),
        ("", CheckAnswer(CheckState.NOT_FOUND)),
    ],
)
def test_an_inn_comes_as_an_attribute(attributes: str, meant: CheckAnswer) -> None:
    assert KINDS[S.INN].read(_answer(S.INN, "", attributes), IVANOVA) == meant


@pytest.mark.parametrize(
    ("service", "inner", "place"),
    [
        (S.PASSPORT, "<passportDossier/>", "passport"),
        (S.PASSPORT, _dossier(state=""), "validDoc"),
        (S.PASSPORT, _dossier(day="в апреле"), "issueDate"),
        (S.SNILS, "<Result>да</Result>", "Result"),
        (S.SNILS_SEARCH, "", "Snils"),
        (S.INN_SEARCH, "", "TreatmentCode"),
        (S.LEGAL_ENTITY, "", "КодОбр"),
        (S.LEGAL_ENTITY, _entity("<СведДолжнФЛ/>"), "СвФЛ"),
        (S.ENTREPRENEUR, "<СвИП/>", "СвРегИП"),
        (S.ACCOUNT, "<status>?</status>", "status"),
    ],
)
def test_an_answer_that_breaks_its_promise_names_the_place(service: IdentityService, inner: str, place: str) -> None:
    with pytest.raises(UnreadableAnswerError, match=place):
        KINDS[service].read(_answer(service, inner), IVANOVA)


def test_an_answer_to_another_question_is_no_answer() -> None:
    with pytest.raises(UnreadableAnswerError, match="root"):
        KINDS[S.SNILS].read(_answer(S.INN, ""), IVANOVA)


def test_the_catalogue_writes_and_reads_octets() -> None:
    sent = CATALOGUE.write(S.INN, Question(IVANOVA, "1", ASKER))
    assert "СведФЛ" in sent.decode()
    answer = etree.tostring(_answer(S.SNILS, "<Result>true</Result>"), encoding="utf-8")
    assert CATALOGUE.read(S.SNILS, answer, IVANOVA) == CONFIRMED
    with pytest.raises(UnreadableAnswerError, match="document"):
        CATALOGUE.read(S.SNILS, b"<", IVANOVA)
