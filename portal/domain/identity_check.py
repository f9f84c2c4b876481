"""The registers of the state that may be asked about a person, what they may answer, and what follows from it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, unique
from typing import Final


@unique
class IdentityService(StrEnum):
    """Everything that can be asked; the wire knows each as one kind of information."""

    PASSPORT = "passport"  # МВД: passport dossier
    SNILS = "snils"  # СФР: does this СНИЛС belong to this person
    SNILS_SEARCH = "snils_search"  # СФР: СНИЛС by data of the person
    INN = "inn"  # ФНС: ИНН by passport
    INN_SEARCH = "inn_search"  # ФНС: ИНН by names and date of birth
    LEGAL_ENTITY = "legal_entity"  # ФНС: extract from ЕГРЮЛ
    ENTREPRENEUR = "entrepreneur"  # ФНС: extract from ЕГРИП
    ACCOUNT = "account"  # ЕСИА: the issued certificate is made known; never part of a verdict


@unique
class CheckState(StrEnum):
    """Where one question stands; the last four are its results."""

    QUEUED = "queued"
    SENT = "sent"
    PROCESSING = "processing"
    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    NOT_FOUND = "not_found"
    NO_ANSWER = "no_answer"

    @property
    def open(self) -> bool:
        """Whether an answer may still come."""
        return self in OPEN


OPEN: Final = frozenset({CheckState.QUEUED, CheckState.SENT, CheckState.PROCESSING})


@unique
class RefutedBy(StrEnum):
    """What a register holds against the claim."""

    PASSPORT_EXPIRED = "passport_expired"
    PASSPORT_REPLACED = "passport_replaced"
    PASSPORT_ISSUED_WRONGLY = "passport_issued_wrongly"
    PASSPORT_WANTED = "passport_wanted"
    PASSPORT_WITHDRAWN = "passport_withdrawn"
    HOLDER_DIED = "holder_died"
    PASSPORT_SPOILT = "passport_spoilt"
    PASSPORT_LOST = "passport_lost"
    PASSPORT_INVALID = "passport_invalid"  # for a reason the register did not name
    PASSPORT_DIFFERS = "passport_differs"  # the person has other passports, not this one
    ISSUE_DIFFERS = "issue_differs"  # the date or the department of issue
    SNILS_DIFFERS = "snils_differs"
    INN_DIFFERS = "inn_differs"
    ORGANIZATION_CLOSED = "organization_closed"
    ORGANIZATION_DIFFERS = "organization_differs"
    PERSON_DIFFERS = "person_differs"  # the entrepreneur is somebody else
    ACCOUNT_REFUSED = "account_refused"  # no account, or its data are others


@dataclass(frozen=True, slots=True)
class CheckAnswer:
    """What one register said: the result, why not, and a remark that is safe to show (no personal data)."""

    result: CheckState
    refuted_by: RefutedBy | None = None
    remark: str = ""


@unique
class Verdict(StrEnum):
    """What all answers make together."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    NOT_FOUND = "not_found"
    NO_ANSWER = "no_answer"


#: Verdicts after which nothing goes on by itself, or not for long: a person should look.
UNHAPPY: Final = frozenset({Verdict.REFUTED, Verdict.NOT_FOUND, Verdict.NO_ANSWER})

#: Fields of the form that a question cannot do without, beside names and date of birth.
DEMANDED: Final[Mapping[IdentityService, frozenset[str]]] = {
    IdentityService.PASSPORT: frozenset({"passport"}),
    IdentityService.SNILS: frozenset({"snils", "sex"}),
    IdentityService.SNILS_SEARCH: frozenset({"snils", "sex"}),
    IdentityService.INN: frozenset({"inn", "passport"}),
    IdentityService.INN_SEARCH: frozenset({"inn"}),
    IdentityService.LEGAL_ENTITY: frozenset({"organization"}),
    IdentityService.ENTREPRENEUR: frozenset({"organization"}),
    IdentityService.ACCOUNT: frozenset({"snils", "sex", "passport"}),
}


@dataclass(frozen=True, slots=True)
class IdentityRules:
    """Whether registers of the state are asked before a qualified certificate, which ones, and for how long it holds.

    A template may name registers of its own. ``announce`` makes issued certificates known to the holder's account.
    """

    ask: bool = False
    checks: frozenset[IdentityService] = frozenset({IdentityService.PASSPORT, IdentityService.SNILS})
    validity: timedelta = timedelta(days=30)
    announce: bool = False


USUAL_CHECKS: Final = IdentityRules()
#: What a verdict can be made of, in the order of pages.
ASKABLE: Final = tuple(service for service in IdentityService if service is not IdentityService.ACCOUNT)


def demanded_fields(services: Iterable[IdentityService]) -> frozenset[str]:
    """What the form must ask for these questions."""
    return frozenset().union(*(DEMANDED[service] for service in services))


def verdict_of(states: Collection[CheckState]) -> Verdict:
    """All confirmed, or the worst there is; a refusal is known before the last answer, silence only after it.

    No question at all is no confirmation: it stays pending.
    """
    for state in (CheckState.REFUTED, CheckState.NOT_FOUND):
        if state in states:
            return Verdict(state.value)
    if not states or any(state.open for state in states):
        return Verdict.PENDING
    return Verdict.NO_ANSWER if CheckState.NO_ANSWER in states else Verdict.CONFIRMED


def still_valid(confirmed_at: datetime, now: datetime, validity: timedelta) -> bool:
    """Whether a confirmation of then may be relied on now; one from the future may not."""
    return confirmed_at <= now < confirmed_at + validity
