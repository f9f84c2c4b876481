"""A certification authority of django-ca behind the port. It knows no ids of ours: an order is found by its key."""

import json
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import Final

from cryptography import x509

from portal.connectors.ca.answering import (
    Stopped,
    answered,
    deciding,
    demand_reason,
    nothing_given,
    refused,
    settled,
    told,
    wanted_key,
)
from portal.connectors.ca.believing import believed
from portal.connectors.ca.django_ca.messages import KnownCertificate, sign_body
from portal.connectors.ca.django_ca.talk import Talk
from portal.connectors.http import NoAnswer
from portal.domain.certificate import Revocation
from portal.domain.outcomes import Absent, Effect, Outcome, Refused, Unknown, Waiting, WaitingFor
from portal.domain.policy_offers import OfferedTemplate
from portal.domain.troubles import Trouble, why
from portal.ports.certificate_authority import (
    CertificateOrder,
    IssuedCertificate,
    IssuedPage,
    ListedCertificate,
    RevocationOrder,
    Revoked,
)
from portal.ports.clock import Clock

_LOOKS: Final = 5
#: What a ticket begins with where the authority gave us none, and how long such an order is looked for.
_LOST: Final = "?"
_SEARCHED: Final = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class DjangoCa:
    """``anchors`` are the certificates an issued one must lead to; ``queued`` is how long an order may rest there."""

    talk: Talk
    anchors: tuple[x509.Certificate, ...]
    clock: Clock
    poll: timedelta
    settle: timedelta
    queued: timedelta

    def request(self, order: CertificateOrder) -> Outcome[IssuedCertificate]:
        return answered(lambda: nothing_given(lambda: self._found(order)) or self._ordered(order))

    def look_up(self, ticket: str) -> Outcome[IssuedCertificate]:
        if ticket.startswith(_LOST):
            return answered(lambda: self._searched(ticket))
        slug, _dot, wanted = ticket.partition(".")
        return answered(lambda: self._of_order(slug, wanted))

    def effect_of(self, order: CertificateOrder) -> Effect[IssuedCertificate]:
        """What its queue may still hold is not known to be absent: nobody is shown the queue."""
        effect = settled(lambda: self._found_in_time(order))
        if isinstance(effect, Absent) and order.begun_at and self.clock.now() < order.begun_at + self.queued:
            return Unknown(why(Trouble.CA_REFUSED, "looked_for"), WaitingFor.CA)
        return effect

    def revoke(self, order: RevocationOrder) -> Outcome[Revoked]:
        return answered(lambda: self._revoked(order))

    def status(self, serial: str) -> Revocation:
        try:
            return self.talk.certificate(_number(serial)).standing
        except (Stopped, NoAnswer):
            return Revocation.UNKNOWN

    def offered_templates(self) -> tuple[OfferedTemplate, ...]:
        offered = (one.offered for one in told(self.talk.profiles) if not one.automatic)
        return tuple(sorted(offered, key=lambda one: one.name))

    def issued_since(self, mark: str) -> IssuedPage:
        """Everything at once, whatever the mark: it is empty when there is nothing to go on with."""
        return IssuedPage(tuple(map(_listed, told(self.talk.everything))) if not mark else ())

    def _ordered(self, order: CertificateOrder) -> IssuedCertificate:
        profile = nothing_given(lambda: self.talk.profile(order.template))
        try:
            body = sign_body(order, profile, self.clock.now())
        except ValueError as error:
            raise refused("bad_request", str(error)) from error
        try:
            slug = self.talk.sign(body)
        except NoAnswer:
            return self._lost(order)  # it may have been taken all the same
        wanted = wanted_key(order.request)
        try:
            return self._of_order(slug, wanted)
        except (Stopped, NoAnswer) as silence:
            if isinstance(silence, Stopped) and not _passes(silence.outcome):
                raise
            raise deciding(f"{slug}.{wanted}", self.clock.now() + self.poll) from silence  # its name is not lost

    def _lost(self, order: CertificateOrder) -> IssuedCertificate:
        """Its queue may hold the order for long: from now on it is looked for, and never given again."""
        with suppress(Stopped, NoAnswer):
            if found := self._found_in_time(order):
                return found
        until = self.clock.now() + _SEARCHED
        ticket = f"{_LOST}{int(until.timestamp())}.{wanted_key(order.request)}.{order.template}"
        raise deciding(ticket, self.clock.now() + self.poll)

    def _searched(self, ticket: str) -> IssuedCertificate:
        until, wanted, profile = ticket.removeprefix(_LOST).split(".", 2)
        known = self.talk.of_key(wanted, profile)
        if known is not None:
            return self._believed(known.der, wanted)
        if self.clock.now().timestamp() >= int(until):
            raise refused("lost_order")
        raise deciding(ticket, self.clock.now() + self.poll)

    def _of_order(self, slug: str, wanted: str) -> IssuedCertificate:
        state, serial = self.talk.order(slug)
        if state == "issued" and serial:
            return self._believed(self.talk.certificate(_number(serial)).der, wanted)
        if state == "failed":
            raise refused("failed_there", slug)
        raise deciding(f"{slug}.{wanted}", self.clock.now() + self.poll)

    def _found_in_time(self, order: CertificateOrder) -> IssuedCertificate | None:
        """Look more than once: what was taken before we lost it may be issued a moment later."""
        found = self._found(order)
        for _look in range(_LOOKS):
            if found or not self.settle:
                break
            time.sleep(self.settle.total_seconds() / _LOOKS)
            found = self._found(order)
        return found

    def _found(self, order: CertificateOrder) -> IssuedCertificate | None:
        wanted = wanted_key(order.request)
        known = self.talk.of_key(wanted, order.template)
        return self._believed(known.der, wanted) if known else None

    def _believed(self, der: bytes, wanted: str) -> IssuedCertificate:
        return believed(wanted, (der,), self.anchors, self.clock.now())

    def _revoked(self, order: RevocationOrder) -> Revoked:
        demand_reason(order.reason, holds=False)
        serial = _number(order.serial)
        known = self.talk.revoke(serial, json.dumps({"reason": order.reason}).encode())
        known = known or self.talk.certificate(serial)
        if known.revoked_at is None:
            raise refused("said_no", serial, permanent=False)
        return Revoked(known.revoked_at.astimezone(UTC))


def _listed(known: KnownCertificate) -> ListedCertificate:
    certificate = x509.load_der_x509_certificate(known.der)
    return ListedCertificate(
        format(certificate.serial_number, "x"), known.der, certificate.not_valid_before_utc.astimezone(UTC)
    )


def _passes(outcome: Waiting | Refused) -> bool:
    """Whether it is only that it cannot tell now."""
    return isinstance(outcome, Refused) and not outcome.permanent


def _number(serial: str) -> str:
    try:
        return format(int(serial, 16), "X")
    except ValueError as error:
        raise refused("unknown_serial", serial) from error
