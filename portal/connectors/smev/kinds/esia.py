"""ЕСИА: an issued certificate is made known to its holder's account (63-ФЗ, article 18, part 5)."""

from datetime import date
from typing import Final

from portal.connectors.smev.kinds.kind import Kind, element, filled, said
from portal.connectors.smev.safe_xml import Element, child
from portal.domain.identity import IdentityClaim, Passport, Sex
from portal.domain.identity_check import CheckAnswer, CheckState, IdentityService, RefutedBy
from portal.ports.information_kinds import Question, UnreadableAnswerError

COMMONS: Final = "urn://mincomsvyaz/esia/commons/rg_sevices_types/1.4.1"
_SEXES: Final = {Sex.MALE: "M", Sex.FEMALE: "F", None: ""}
_REFUSED: Final = (CheckState.REFUTED, RefutedBy.ACCOUNT_REFUSED)
_STATUSES: Final = {
    "SUCCEEDED": (CheckState.CONFIRMED, None),
    "VALIDATING": (CheckState.PROCESSING, None),
    "VALIDATION_FAILED": _REFUSED,
    "CONFIRMATION_FAILED": _REFUSED,
    "FAULT": (CheckState.NO_ANSWER, None),
}


def _write(question: Question, namespace: str) -> Element:
    asked = filled(element(namespace, "ESIARegisterCertificateRequest"), _certificate(question))
    filled(asked, _person(question.claim))
    if question.claim.passport is not None:
        asked.append(_document(question.claim.passport, namespace))
    organization = question.claim.organization
    filled(asked, {"citizenship": question.claim.citizenship})
    return filled(asked, {"ogrn": organization.ogrn, "orgINN": organization.inn}) if organization else asked


def _certificate(question: Question) -> dict[str, str]:
    made = question.made
    if made is None:
        raise ValueError("made")
    return {
        "RoutingCode": question.routing,
        "serialNumber": made.serial,
        "issuerOrgName": made.issuer,
        "startDate": _day(made.not_before),
        "expiryDate": _day(made.not_after),
        "ownerType": "ORG" if question.claim.organization else "PSO",
    }


def _person(claim: IdentityClaim) -> dict[str, str]:
    digits = claim.snils
    return {
        "snils": f"{digits[:3]}-{digits[3:6]}-{digits[6:9]} {digits[9:]}" if digits else "",
        "personINN": claim.inn,
        "lastName": claim.surname,
        "firstName": claim.given_name,
        "middleName": claim.middle_name,
        "gender": _SEXES[claim.sex],
        "birthDate": _day(claim.birth_date),
        "birthPlace": claim.birth_place,
    }


def _document(passport: Passport, namespace: str) -> Element:
    values = {
        "type": "RF_PASSPORT",
        "series": passport.series,
        "number": passport.number,
        "issueId": passport.department_code,
        "issueDate": _day(passport.issued_on),
        "issuedBy": passport.issuer,
    }
    document = element(namespace, "doc")
    document.extend(element(COMMONS, name, value) for name, value in values.items() if value)
    return document


def _read(answer: Element, claim: IdentityClaim) -> CheckAnswer:  # noqa: ARG001  one shape for all
    found = _STATUSES.get(said(answer, "status"))
    if found is None:
        raise UnreadableAnswerError("status")
    error = child(answer, "errorStatusInfo")
    return CheckAnswer(*found, remark="" if error is None else said(error, "Code"))


def _day(day: date) -> str:
    return day.strftime("%d.%m.%Y")


ACCOUNT: Final = Kind(
    service=IdentityService.ACCOUNT,
    registry="ЕСИА",
    version="1.4.1",
    namespace="urn://mincomsvyaz/esia/reg_service/register_certificate/1.4.1",
    root="ESIARegisterCertificateRequest",
    answer_root="ESIARegisterCertificateResponse",
    write_question=_write,
    read_answer=_read,
)
