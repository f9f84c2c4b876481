"""An authority behind the watch of its connector: left alone while that is paused or backs off."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, Final, Protocol, TypeVar, runtime_checkable

from portal.db.queries.told_templates import told_templates
from portal.domain.certificate import Revocation
from portal.domain.errors import OutsideUnavailable
from portal.domain.outcomes import Effect, Outcome, Refused, Unknown, WaitingFor
from portal.domain.policy_offers import OfferedTemplate
from portal.domain.troubles import Trouble, why
from portal.ports.certificate_authority import (
    CertificateAuthority,
    CertificateOrder,
    IssuedCertificate,
    IssuedLister,
    IssuedPage,
    Released,
    Repeater,
    RevocationLister,
    RevocationOrder,
    Revoked,
    StandingTeller,
    Suspender,
    TemplateLister,
    Withdrawer,
)
from portal.services.connector_watch import Guard

Reply = TypeVar("Reply")


@runtime_checkable
class TemplateAsker(Protocol):
    """An authority outside that can be asked what it issues; workers do."""

    def ask_templates(self) -> tuple[OfferedTemplate, ...]:
        """Call it; raises OutsideUnavailable."""
        ...


class _Watched:
    """What every authority does. ``inner`` is asked for no more than it can: see the parts below."""

    def __init__(self, inner: Any, guard: Guard, typed: tuple[OfferedTemplate, ...]) -> None:
        self._inner = inner
        self._guard = guard
        self._typed = typed

    def request(self, order: CertificateOrder) -> Outcome[IssuedCertificate]:
        return self._told(lambda: self._inner.request(order))

    def look_up(self, ticket: str) -> Outcome[IssuedCertificate]:
        return self._told(lambda: self._inner.look_up(ticket))

    def effect_of(self, order: CertificateOrder) -> Effect[IssuedCertificate]:
        if (shut := self._guard.closed()) is not None:
            return Unknown(shut, WaitingFor.RETRY)
        try:
            effect: Effect[IssuedCertificate] = self._inner.effect_of(order)
        except OutsideUnavailable as error:
            effect = Unknown(
                why(Trouble.CA_UNAVAILABLE, error.data.get("why", ""), ca=self._guard.name), WaitingFor.RETRY
            )
        return self._guard.hear(effect)

    def revoke(self, order: RevocationOrder) -> Outcome[Revoked]:
        return self._told(lambda: self._inner.revoke(order))

    def status(self, serial: str) -> Revocation:
        """What nobody can ask is not known."""
        try:
            said: Revocation = self._guard.run(lambda: self._inner.status(serial))
        except OutsideUnavailable:
            said = Revocation.UNKNOWN
        return said

    def _told(self, call: Callable[[], Outcome[Reply]]) -> Outcome[Reply]:
        if (shut := self._guard.closed()) is not None:
            return Refused(shut, permanent=False, asked=False)
        try:
            outcome = call()
        except OutsideUnavailable as error:
            outcome = Refused(
                why(Trouble.CA_UNAVAILABLE, error.data.get("why", ""), ca=self._guard.name), permanent=False
            )
        return self._guard.hear(outcome)


class _Suspends(_Watched):
    def release(self, order: RevocationOrder) -> Outcome[Released]:
        return self._told(lambda: self._inner.release(order))


class _Withdraws(_Watched):
    def withdraw(self, order: CertificateOrder) -> Outcome[None]:
        return self._told(lambda: self._inner.withdraw(order))


class _Repeats(_Watched):
    def ask_again(self, order: CertificateOrder) -> Outcome[IssuedCertificate]:
        return self._told(lambda: self._inner.ask_again(order))


class _ListsRevoked(_Watched):
    def revoked_since(self, mark: int) -> tuple[int, Mapping[str, Revocation]]:
        found: tuple[int, Mapping[str, Revocation]] = self._guard.run(lambda: self._inner.revoked_since(mark))
        return found


class _ListsIssued(_Watched):
    def issued_since(self, mark: str) -> IssuedPage:
        page: IssuedPage = self._guard.run(lambda: self._inner.issued_since(mark))
        return page


class _TellsStandings(_Watched):
    def standings(self, serials: Sequence[str]) -> Mapping[str, Revocation]:
        found: Mapping[str, Revocation] = self._guard.run(lambda: self._inner.standings(serials))
        return found


class _ListsTemplates(_Watched):
    """Whoever edits a policy reads what it told a worker: no page waits for an authority outside."""

    def offered_templates(self) -> tuple[OfferedTemplate, ...]:
        with self._guard.watch.database.read() as connection:
            told = told_templates(connection, self._guard.number)
        if told is None:
            raise OutsideUnavailable("ca_unavailable", ca=self._guard.name)
        return told

    def ask_templates(self) -> tuple[OfferedTemplate, ...]:
        found: tuple[OfferedTemplate, ...] = self._guard.run(self._inner.offered_templates)
        return found


class _NamesTemplates(_Watched):
    """It cannot tell what it issues: what people typed is believed, whether it answers or not."""

    def offered_templates(self) -> tuple[OfferedTemplate, ...]:
        return self._typed


_PARTS: Final[tuple[tuple[type, type[_Watched]], ...]] = (
    (Suspender, _Suspends),
    (Withdrawer, _Withdraws),
    (Repeater, _Repeats),
    (RevocationLister, _ListsRevoked),
    (IssuedLister, _ListsIssued),
    (StandingTeller, _TellsStandings),
)


def watched(inner: CertificateAuthority, guard: Guard, typed: tuple[OfferedTemplate, ...]) -> CertificateAuthority:
    """The authority behind its watch, able to do what it is itself able to; ``typed`` are profiles people typed."""
    able = tuple(part for can, part in _PARTS if isinstance(inner, can))
    lists = _ListsTemplates if isinstance(inner, TemplateLister) else _NamesTemplates
    made: CertificateAuthority = _class_of((*able, lists))(inner, guard, typed)
    return made


@cache
def _class_of(parts: tuple[type[_Watched], ...]) -> type[_Watched]:
    return type("WatchedAuthority", parts, {})
