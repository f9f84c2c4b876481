"""МВД: the passports of a person, by names and date of birth."""

from datetime import date
from typing import Final

from portal.connectors.smev.kinds.kind import Kind, element, needed, said
from portal.connectors.smev.safe_xml import Element, child, children
from portal.domain.identity import IdentityClaim, Passport
from portal.domain.identity_check import CheckAnswer, CheckState, IdentityService, RefutedBy
from portal.domain.identity_numbers import only_digits
from portal.ports.information_kinds import Question, UnreadableAnswerError

BASIC: Final = "urn://mvd/guvm/basic-types/1.1.0"
VALIDITY: Final = "urn://mvd/guvm/passport-validity-commons/1.1.0"
#: Why a passport is not valid, as the register writes it.
REASONS: Final = {
    "601": RefutedBy.PASSPORT_EXPIRED,
    "602": RefutedBy.PASSPORT_REPLACED,
    "603": RefutedBy.PASSPORT_ISSUED_WRONGLY,
    "604": RefutedBy.PASSPORT_WANTED,
    "605": RefutedBy.PASSPORT_WITHDRAWN,
    "606": RefutedBy.HOLDER_DIED,
    "607": RefutedBy.PASSPORT_SPOILT,
    "609": RefutedBy.PASSPORT_LOST,
}


def _write(question: Question, namespace: str) -> Element:
    claim = question.claim
    person = element(namespace, "person")
    values = {"lastName": claim.surname, "firstName": claim.given_name, "middleName": claim.middle_name}
    values |= {"birthDate": claim.birth_date.isoformat(), "birthPlace": claim.birth_place}
    person.extend(element(BASIC, name, value) for name, value in values.items() if value)
    asked = element(namespace, "passportDossierRequest")
    asked.append(person)
    return asked


def _read(answer: Element, claim: IdentityClaim) -> CheckAnswer:
    if claim.passport is None:
        raise ValueError("passport")
    for dossier in children(answer, "passportDossier"):
        passport = needed(dossier, "passport")
        if _numbers(passport) == (claim.passport.series, claim.passport.number):
            return _judged(passport, claim.passport)
    return CheckAnswer(CheckState.REFUTED, RefutedBy.PASSPORT_DIFFERS)


def _numbers(passport: Element) -> tuple[str, str]:
    return (passport.findtext(f"{{{BASIC}}}series", ""), passport.findtext(f"{{{BASIC}}}number", ""))


def _judged(passport: Element, claimed: Passport) -> CheckAnswer:
    invalid = child(passport, "invalidDoc")
    if invalid is not None:
        reason = invalid.findtext(f"{{{VALIDITY}}}invalidityReason", "")
        return CheckAnswer(CheckState.REFUTED, REASONS.get(reason, RefutedBy.PASSPORT_INVALID), reason)
    needed(passport, "validDoc")
    if _issued(passport) != (claimed.issued_on, claimed.department_code):
        return CheckAnswer(CheckState.REFUTED, RefutedBy.ISSUE_DIFFERS)
    return CheckAnswer(CheckState.CONFIRMED)


def _issued(passport: Element) -> tuple[date, str]:
    try:
        return (date.fromisoformat(said(passport, "issueDate")), only_digits(said(passport, "issuerCode")))
    except ValueError:
        raise UnreadableAnswerError("issueDate") from None


PASSPORT: Final = Kind(
    service=IdentityService.PASSPORT,
    registry="МВД",
    version="1.1.0",
    namespace="urn://mvd/guvm/passport-dossier/1.1.0",
    root="passportDossierRequest",
    answer_root="passportDossierResponse",
    write_question=_write,
    read_answer=_read,
)
