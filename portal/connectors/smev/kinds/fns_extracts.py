"""ФНС: extracts from ЕГРЮЛ and ЕГРИП: does the organisation exist, is it alive, who acts for it."""

from typing import Final

from portal.connectors.smev.kinds.kind import Kind, element, filled, needed, said, same_words
from portal.connectors.smev.safe_xml import Element, child, children
from portal.domain.identity import IdentityClaim, Organization
from portal.domain.identity_check import CheckAnswer, CheckState, IdentityService, RefutedBy
from portal.ports.information_kinds import Question

#: The person may act for the organisation without a power of attorney, or needs one: a remark, no refusal.
HEAD, NOT_HEAD = "head", "not_head"
#: The extract was too long for the message and lies in an attachment, which nobody here reads.
IN_ATTACHMENT: Final = "54"


def _organization(claim: IdentityClaim, digits: int) -> Organization:
    if claim.organization is None or len(claim.organization.ogrn) != digits:
        raise ValueError("organization")
    return claim.organization


def _write_entity(question: Question, namespace: str) -> Element:
    asked = element(namespace, "FNSVipULRequest", ИдДок=question.request_id)
    asked.append(filled(element(namespace, "ЗапросЮЛ"), {"ОГРН": _organization(question.claim, 13).ogrn}))
    return asked


def _write_entrepreneur(question: Question, namespace: str) -> Element:
    asked = element(namespace, "FNSVipIPRequest", ИдДок=question.request_id)
    asked.append(filled(element(namespace, "ЗапросИП"), {"ОГРНИП": _organization(question.claim, 15).ogrn}))
    return asked


def _read_entity(answer: Element, claim: IdentityClaim) -> CheckAnswer:
    entity = child(answer, "СвЮЛ")
    if entity is None:
        return _without_extract(answer)
    claimed = _organization(claim, 13)
    if (entity.get("ОГРН"), entity.get("ИНН", claimed.inn)) != (claimed.ogrn, claimed.inn):
        return CheckAnswer(CheckState.REFUTED, RefutedBy.ORGANIZATION_DIFFERS)
    if child(entity, "СвПрекрЮЛ") is not None:
        return CheckAnswer(CheckState.REFUTED, RefutedBy.ORGANIZATION_CLOSED)
    heads = children(entity, "СведДолжнФЛ")
    heading = any(_named(needed(head, "СвФЛ"), claim) for head in heads)
    return CheckAnswer(CheckState.CONFIRMED, remark=HEAD if heading else NOT_HEAD)


def _read_entrepreneur(answer: Element, claim: IdentityClaim) -> CheckAnswer:
    found = child(answer, "СвИП")
    if found is None:
        return _without_extract(answer)
    if needed(found, "СвРегИП").get("ОГРНИП") != _organization(claim, 15).ogrn:
        return CheckAnswer(CheckState.REFUTED, RefutedBy.ORGANIZATION_DIFFERS)
    if child(found, "СвПрекращ") is not None:
        return CheckAnswer(CheckState.REFUTED, RefutedBy.ORGANIZATION_CLOSED)
    if not _named(needed(needed(found, "СвФЛ"), "ФИОРус"), claim):
        return CheckAnswer(CheckState.REFUTED, RefutedBy.PERSON_DIFFERS)
    return CheckAnswer(CheckState.CONFIRMED, remark=HEAD)


def _without_extract(answer: Element) -> CheckAnswer:
    needed(answer, "КодОбр")
    code = said(answer, "КодОбр")
    return CheckAnswer(CheckState.NO_ANSWER if code == IN_ATTACHMENT else CheckState.NOT_FOUND, remark=code)


def _named(person: Element, claim: IdentityClaim) -> bool:
    found = (person.get("Фамилия", ""), person.get("Имя", ""), person.get("Отчество", ""))
    return all(map(same_words, found, (claim.surname, claim.given_name, claim.middle_name)))


LEGAL_ENTITY: Final = Kind(
    service=IdentityService.LEGAL_ENTITY,
    registry="ФНС",
    version="4.0.6",
    namespace="urn://x-artefacts-fns-vipul-tosmv-ru/311-14/4.0.6",
    root="FNSVipULRequest",
    answer_root="FNSVipULResponse",
    write_question=_write_entity,
    read_answer=_read_entity,
)
ENTREPRENEUR: Final = Kind(
    service=IdentityService.ENTREPRENEUR,
    registry="ФНС",
    version="4.0.5",
    namespace="urn://x-artefacts-fns-vipip-tosmv-ru/311-15/4.0.5",
    root="FNSVipIPRequest",
    answer_root="FNSVipIPResponse",
    write_question=_write_entrepreneur,
    read_answer=_read_entrepreneur,
)
