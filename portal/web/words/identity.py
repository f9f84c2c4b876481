"""Identity checks in words: registers, their answers, verdicts, and what is wrong with a form."""

from typing import Final

from portal.domain.identity_check import CheckState, IdentityService, RefutedBy, Verdict
from portal.web.translate import lazy_gettext as _l

SERVICES: Final = {
    IdentityService.PASSPORT: _l("Ministry of Internal Affairs: passport"),
    IdentityService.SNILS: _l("Social Fund: СНИЛС belongs to the person"),
    IdentityService.SNILS_SEARCH: _l("Social Fund: СНИЛС by the person's data"),
    IdentityService.INN: _l("Federal Tax Service: ИНН by passport"),
    IdentityService.INN_SEARCH: _l("Federal Tax Service: ИНН by name and date of birth"),
    IdentityService.LEGAL_ENTITY: _l("Federal Tax Service: extract from ЕГРЮЛ"),
    IdentityService.ENTREPRENEUR: _l("Federal Tax Service: extract from ЕГРИП"),
    IdentityService.ACCOUNT: _l("ЕСИА: the certificate is made known"),
}
STATES: Final = {
    CheckState.QUEUED: _l("to be sent"),
    CheckState.SENT: _l("sent"),
    CheckState.PROCESSING: _l("being processed"),
    CheckState.CONFIRMED: _l("confirmed"),
    CheckState.REFUTED: _l("not confirmed"),
    CheckState.NOT_FOUND: _l("no such record"),
    CheckState.NO_ANSWER: _l("no answer"),
}
VERDICTS: Final = {
    Verdict.PENDING: _l("Being checked"),
    Verdict.CONFIRMED: _l("Confirmed"),
    Verdict.REFUTED: _l("Not confirmed"),
    Verdict.NOT_FOUND: _l("Not found"),
    Verdict.NO_ANSWER: _l("No answer"),
}
STATE_KINDS: Final = {
    CheckState.QUEUED: "waiting",
    CheckState.SENT: "waiting",
    CheckState.PROCESSING: "waiting",
    CheckState.CONFIRMED: "fine",
    CheckState.REFUTED: "problem",
    CheckState.NOT_FOUND: "problem",
    CheckState.NO_ANSWER: "due",
}
VERDICT_KINDS: Final = {
    Verdict.PENDING: "waiting",
    Verdict.CONFIRMED: "fine",
    Verdict.REFUTED: "problem",
    Verdict.NOT_FOUND: "problem",
    Verdict.NO_ANSWER: "due",
}
#: Registers where a line has room for a word or two.
SHORT: Final = {
    IdentityService.PASSPORT: _l("passport:"),
    IdentityService.SNILS: _l("СНИЛС:"),
    IdentityService.SNILS_SEARCH: _l("СНИЛС by data:"),
    IdentityService.INN: _l("ИНН by passport:"),
    IdentityService.INN_SEARCH: _l("ИНН by name:"),
    IdentityService.LEGAL_ENTITY: _l("ЕГРЮЛ:"),
    IdentityService.ENTREPRENEUR: _l("ЕГРИП:"),
    IdentityService.ACCOUNT: _l("ЕСИА:"),
}
REASONS: Final = {
    RefutedBy.PASSPORT_EXPIRED: _l("The passport has expired"),
    RefutedBy.PASSPORT_REPLACED: _l("The passport was replaced by a new one"),
    RefutedBy.PASSPORT_ISSUED_WRONGLY: _l("The passport was issued in breach of the rules"),
    RefutedBy.PASSPORT_WANTED: _l("The passport is wanted"),
    RefutedBy.PASSPORT_WITHDRAWN: _l("The passport was withdrawn or destroyed"),
    RefutedBy.HOLDER_DIED: _l("The holder of the passport has died"),
    RefutedBy.PASSPORT_SPOILT: _l("The passport was spoilt when it was made"),
    RefutedBy.PASSPORT_LOST: _l("The passport is reported lost"),
    RefutedBy.PASSPORT_INVALID: _l("The passport is not valid"),
    RefutedBy.PASSPORT_DIFFERS: _l("The person has another passport"),
    RefutedBy.ISSUE_DIFFERS: _l("The date or the department of issue differs"),
    RefutedBy.SNILS_DIFFERS: _l("The СНИЛС belongs to somebody else"),
    RefutedBy.INN_DIFFERS: _l("The person has another ИНН"),
    RefutedBy.ORGANIZATION_CLOSED: _l("The organisation does not exist any more"),
    RefutedBy.ORGANIZATION_DIFFERS: _l("ИНН and ОГРН belong to different organisations"),
    RefutedBy.PERSON_DIFFERS: _l("The entrepreneur is somebody else"),
    RefutedBy.ACCOUNT_REFUSED: _l("The account was not found, or its data differ"),
}


def short_service(service: IdentityService) -> str:
    """The register as the beginning of a short line."""
    return str(SHORT[service])


def refusal(reason: RefutedBy) -> str:
    """What a register holds against the claim."""
    return str(REASONS[reason])


def service_name(service: IdentityService) -> str:
    """The register and what it is asked."""
    return str(SERVICES[service])
