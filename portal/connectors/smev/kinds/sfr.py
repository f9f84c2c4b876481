"""СФР: whether a СНИЛС belongs to a person, and which СНИЛС a person has."""

import re
from typing import Final

from portal.connectors.smev.kinds.kind import Kind, element, filled, said
from portal.connectors.smev.safe_xml import Element
from portal.domain.identity import IdentityClaim, Passport, Sex
from portal.domain.identity_check import CheckAnswer, CheckState, IdentityService, RefutedBy
from portal.ports.information_kinds import Question, UnreadableAnswerError

COMMONS: Final = "urn://x-artefacts-smev-gov-ru/supplementary/commons/1.0.1"
_SEXES: Final = {Sex.MALE: "Male", Sex.FEMALE: "Female"}
_TRUTH: Final = {"true": True, "1": True, "false": False, "0": False}
#: What the register's schema lets the issuer of a document be written with.
_ISSUER: Final = re.compile(r"[-а-яА-ЯёЁ0-9][-а-яА-ЯёЁ\s',.0-9]{0,199}")
_DIFFERS: Final = CheckAnswer(CheckState.REFUTED, RefutedBy.SNILS_DIFFERS)
_CONFIRMED: Final = CheckAnswer(CheckState.CONFIRMED)


def _sex(claim: IdentityClaim) -> str:
    if claim.sex is None:
        raise ValueError("sex")
    return _SEXES[claim.sex]


def _names(parent: Element, claim: IdentityClaim) -> None:
    names = {"FamilyName": claim.surname, "FirstName": claim.given_name, "Patronymic": claim.middle_name}
    parent.extend(element(COMMONS, name, value) for name, value in names.items() if value)


def _write_validation(question: Question, namespace: str) -> Element:
    claim = question.claim
    asked = element(namespace, "SnilsValidationRequest")
    _names(asked, claim)
    if not claim.snils:
        raise ValueError("snils")
    return filled(asked, {"Snils": claim.snils, "Gender": _sex(claim), "BirthDate": claim.birth_date.isoformat()})


def _read_validation(answer: Element, claim: IdentityClaim) -> CheckAnswer:  # noqa: ARG001  one shape for all
    try:
        return _CONFIRMED if _TRUTH[said(answer, "Result")] else _DIFFERS
    except KeyError:
        raise UnreadableAnswerError("Result") from None


def _write_search(question: Question, namespace: str) -> Element:
    claim = question.claim
    asked = element(namespace, "SnilsByAdditionalDataRequest")
    _names(asked, claim)
    filled(asked, {"BirthDate": claim.birth_date.isoformat(), "Gender": _sex(claim)})
    if claim.passport is not None and _ISSUER.fullmatch(claim.passport.issuer):
        asked.append(_passport(claim.passport))
    return asked


def _passport(passport: Passport) -> Element:
    numbers = {"Series": passport.series, "Number": passport.number}
    return filled(
        element(COMMONS, "PassportRF"),
        numbers | {"IssueDate": passport.issued_on.isoformat(), "Issuer": passport.issuer},
    )


def _read_search(answer: Element, claim: IdentityClaim) -> CheckAnswer:
    found = said(answer, "Snils")
    if not found:
        raise UnreadableAnswerError("Snils")
    return _CONFIRMED if found == claim.snils else _DIFFERS


SNILS: Final = Kind(
    service=IdentityService.SNILS,
    registry="СФР",
    version="1.0.1",
    namespace="http://kvs.pfr.com/snils-validation/1.0.1",
    root="SnilsValidationRequest",
    answer_root="SnilsValidationResponse",
    write_question=_write_validation,
    read_answer=_read_validation,
)
SNILS_SEARCH: Final = Kind(
    service=IdentityService.SNILS_SEARCH,
    registry="СФР",
    version="1.0.1",
    namespace="http://kvs.pfr.com/snils-by-additionalData/1.0.1",
    root="SnilsByAdditionalDataRequest",
    answer_root="SnilsByAdditionalDataResponse",
    write_question=_write_search,
    read_answer=_read_search,
)
