"""Kinds of information as services use them: a question becomes octets, the octets of an answer become its meaning."""

from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from portal.domain.identity import IdentityClaim, Organization
from portal.domain.identity_check import CheckAnswer, IdentityService


class UnreadableAnswerError(ValueError):
    """The answer is not what its kind of information promises; the text names the place, never a value."""


@dataclass(frozen=True, slots=True)
class MadeCertificate:
    """An issued certificate as ЕСИА is told of it."""

    serial: str
    issuer: str
    not_before: date
    not_after: date


@dataclass(frozen=True, slots=True)
class Question:
    """What a request is written from. ``request_id`` is at most 36 characters; ``asker`` is the organisation that asks.

    ``routing`` is the environment of ЕСИА (PROD, TESIA, DEV …); ``made`` is what ЕСИА is told of, after issue.
    """

    claim: IdentityClaim = field(repr=False)
    request_id: str
    asker: Organization
    routing: str = "PROD"
    made: MadeCertificate | None = None


class InformationKinds(Protocol):
    """Every kind of information, by what it asks."""

    def write(self, service: IdentityService, question: Question) -> bytes:
        """The business element of the request; raises ValueError when the claim lacks what this kind demands."""
        ...

    def read(self, service: IdentityService, content: bytes, claim: IdentityClaim) -> CheckAnswer:
        """What the register says of the claim; raises UnreadableAnswerError when it says something else."""
        ...
