"""Messages to a server of CMP and its answers, believed when they prove where they come from."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ObjectIdentifier

from portal.connectors.ca.answering import Stopped, expected, given, refused, unavailable
from portal.connectors.ca.believing import NotBelieved, believed, key_hash_of
from portal.connectors.ca.cmp.envelope import MEDIA_TYPE, BadMessage, Head, Message, compose, read
from portal.connectors.ca.cmp.protection import NotProven, Protection, Shared, signed_by
from portal.connectors.ca.cmp.status import Failure, Standing, heard
from portal.connectors.http import Reply, Server
from portal.connectors.unreadable import UNREADABLE
from portal.ports.clock import Clock

_OK: Final = 200
_DOORS: Final = frozenset({
    Failure.BAD_MESSAGE_CHECK, Failure.WRONG_INTEGRITY, Failure.SIGNER_NOT_TRUSTED, Failure.NOT_AUTHORIZED,
})  # fmt: skip
#: Certificates an authority names for its messages (RFC 9480, 2.2).
_SPEAKS: Final = frozenset({ObjectIdentifier("1.3.6.1.5.5.7.3.27"), ObjectIdentifier("1.3.6.1.5.5.7.3.28")})


@dataclass(frozen=True, slots=True)
class Talk:
    """``anchors`` are the authority's own certificates, ``signers`` others that may sign its messages."""

    server: Server
    ours: Protection
    anchors: tuple[x509.Certificate, ...]
    signers: tuple[x509.Certificate, ...]
    clock: Clock

    def ask(self, path: str, kind: str, content: Any, head: Head) -> Message:
        """One message and its answer, an error that proves where it comes from among them.

        Raises Stopped, NoAnswer or NotBelieved.
        """
        return self._heard(self._sent(path, compose(kind, content, head, self.ours)), head)

    def first(self, path: str, kind: str, content: Any, head: Head) -> Message:
        """The first message of a transaction: when nobody there took it in, nothing is in doubt."""
        said = compose(kind, content, head, self.ours)
        return self._heard(given(lambda: self._sent(path, said)), head)

    def _sent(self, path: str, said: bytes) -> Reply:
        return self.server.ask("POST", path, said, {"Content-Type": MEDIA_TYPE})

    def _heard(self, reply: Reply, head: Head) -> Message:
        reply = expected(reply, _OK)
        try:
            answer = read(reply.body)
        except BadMessage as error:
            raise NotBelieved("unreadable") from error
        self._proven(answer)
        if answer.head.transaction != head.transaction or answer.head.answers != head.nonce:
            raise refused("not_trusted", "an answer to another question", permanent=False)
        return answer

    def _proven(self, answer: Message) -> None:
        if answer.algorithm is None:
            raise self._open(answer)
        try:
            if answer.by_secret:
                self._by_secret(answer)
            else:
                self._signed(answer)
        except NotProven as error:
            shut = "not_let_in" if answer.by_secret else "not_trusted"
            raise refused(shut, f"the protection of the answer: {error}", permanent=False) from error

    def _by_secret(self, answer: Message) -> None:
        if not isinstance(self.ours, Shared):
            raise NotProven("secret")
        self.ours.proves(answer.algorithm, answer.data, answer.protection)

    def _open(self, answer: Message) -> Stopped:
        """Anybody may have said it: nothing is decided by it for good."""
        text = heard(answer.content["status"]).text if answer.kind == "error" else "an answer without protection"
        return refused("not_let_in", text, permanent=False)

    def _signed(self, answer: Message) -> None:
        signer = next((one for one in self._candidates(answer) if self._may_speak(one, answer)), None)
        if signer is None:
            raise NotProven("signer")
        signed_by(signer, answer.algorithm, answer.data, answer.protection)

    def _candidates(self, answer: Message) -> Iterable[bytes]:
        known = (one.public_bytes(Encoding.DER) for one in (*self.signers, *self.anchors))
        named = [one for one in (*answer.certificates, *known) if _subject(one) == answer.sender]
        return dict.fromkeys(named)

    def _may_speak(self, signer: bytes, answer: Message) -> bool:
        certificate = x509.load_der_x509_certificate(signer)
        if certificate in self.signers or certificate in self.anchors:
            return True
        try:
            believed(key_hash_of(signer), (signer, *answer.certificates), self.anchors, self.clock.now())
            usages = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        except (NotBelieved, x509.ExtensionNotFound, *UNREADABLE):
            return False
        ends = certificate.not_valid_after_utc
        return not _SPEAKS.isdisjoint(usages) and certificate.not_valid_before_utc <= self.clock.now() < ends


def granted(answer: Message) -> Message:
    """The answer, unless it is an error; raises Stopped."""
    if answer.kind == "error":
        raise refusal(heard(answer.content["status"]), door=True)
    return answer


def refusal(standing: Standing, *, door: bool = False) -> Stopped:
    """A no, in the words of the port; ``door`` where it may be meant for us and not for the order."""
    text = standing.text or ", ".join(_named(standing.failures))
    if Failure.UNAVAILABLE in standing.failures:
        return unavailable(text)
    if Failure.TRANSACTION_IN_USE in standing.failures:
        return refused("lost_order", text, permanent=False)
    if door and not _DOORS.isdisjoint(standing.failures):
        return refused("not_let_in", text, permanent=False)
    return refused("said_no", text)


def _named(failures: Iterable[int]) -> list[str]:
    known = {failure.value: failure.name.lower() for failure in Failure}
    return [known.get(one, str(one)) for one in sorted(failures)]


def _subject(der: bytes) -> bytes:
    try:
        return x509.load_der_x509_certificate(der).subject.public_bytes()
    except UNREADABLE:
        return b""
