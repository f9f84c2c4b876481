"""ФНС: the ИНН of a person, by passport and by names with the date of birth."""

from typing import Final

from portal.connectors.smev.kinds.kind import Kind, element, said
from portal.connectors.smev.safe_xml import Element, child
from portal.domain.identity import IdentityClaim, Passport
from portal.domain.identity_check import CheckAnswer, CheckState, IdentityService, RefutedBy
from portal.ports.information_kinds import Question, UnreadableAnswerError

COMMONS: Final = "urn://x-artefacts-fns-inn/commons/4.0.0"
_PASSPORT_OF_RUSSIA: Final = "21"


def _write_singular(question: Question, namespace: str) -> Element:
    asker, claim = question.asker, question.claim
    asked = element(namespace, "FNSINNSingularRequest", ИдЗапрос=question.request_id)
    asked.append(element(namespace, "СведЮЛ", НаимОрг=asker.name, ИННЮЛ=asker.inn, ОГРН=asker.ogrn))
    person = element(namespace, "СведФЛ", ДатаРожд=claim.birth_date.isoformat(), МестоРожд=claim.birth_place)
    names = element(COMMONS, "ФИО", Фамилия=claim.surname, Имя=claim.given_name, Отчество=claim.middle_name)
    person.extend((names, _document(claim.passport)))
    asked.append(person)
    return asked


def _document(passport: Passport | None) -> Element:
    if passport is None:
        raise ValueError("passport")
    return element(
        COMMONS,
        "УдЛичнФЛ",
        КодВидДок=_PASSPORT_OF_RUSSIA,
        СерНомДок=f"{passport.series[:2]} {passport.series[2:]} {passport.number}",
        ДатаДок=passport.issued_on.isoformat(),
        ВыдДок=passport.issuer,
        КодВыдДок=f"{passport.department_code[:3]}-{passport.department_code[3:]}",
    )


def _read_singular(answer: Element, claim: IdentityClaim) -> CheckAnswer:
    return _compared(answer.get("ИННФЛ", ""), claim)


def _write_by_names(question: Question, namespace: str) -> Element:
    claim = question.claim
    asked = element(namespace, "INNFDRFIORequest", IDRequest=question.request_id)
    person = element(
        namespace,
        "DataPersonRequest",
        BirthDate=claim.birth_date.isoformat(),
        FamilyName=claim.surname,
        FirstName=claim.given_name,
    )
    lack = element(namespace, "SignLackPatronymic", "1")
    person.append(element(namespace, "Patronymic", claim.middle_name) if claim.middle_name else lack)
    asked.append(person)
    return asked


def _read_by_names(answer: Element, claim: IdentityClaim) -> CheckAnswer:
    if child(answer, "PhysicalPersonINN") is not None:
        return _compared(said(answer, "PhysicalPersonINN"), claim)
    if not (code := said(answer, "TreatmentCode")):
        raise UnreadableAnswerError("TreatmentCode")
    return CheckAnswer(CheckState.NOT_FOUND, remark=code)


def _compared(found: str, claim: IdentityClaim) -> CheckAnswer:
    if not found:
        return CheckAnswer(CheckState.NOT_FOUND)
    if found == claim.inn:
        return CheckAnswer(CheckState.CONFIRMED)
    return CheckAnswer(CheckState.REFUTED, RefutedBy.INN_DIFFERS)


INN: Final = Kind(
    service=IdentityService.INN,
    registry="ФНС",
    version="4.0.1",
    namespace="urn://x-artefacts-fns-inn-singular/root/270-18/4.0.1",
    root="FNSINNSingularRequest",
    answer_root="FNSINNSingularResponse",
    write_question=_write_singular,
    read_answer=_read_singular,
)
INN_SEARCH: Final = Kind(
    service=IdentityService.INN_SEARCH,
    registry="ФНС",
    version="4.0.0",
    namespace="urn://x-artefacts-fns-innfdrfio/root/085-05/4.0.0",
    root="INNFDRFIORequest",
    answer_root="INNFDRFIOResponse",
    write_question=_write_by_names,
    read_answer=_read_by_names,
)
