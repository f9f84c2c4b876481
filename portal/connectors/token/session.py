"""One signed-in session on one token: opened when first needed, with one try, and closed at the end."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from pkcs11 import Object, PKCS11Error, Session, Token, TokenFlag

from portal.connectors.token.keys import PublicKey
from portal.connectors.token.library import Library, serial_of
from portal.connectors.token.objects import lenient_mapper
from portal.connectors.token.translation import REMOVED, RefusalError, because, refusal, verdict_of
from portal.domain.contents import PinTries
from portal.domain.outcomes import WaitingFor
from portal.domain.troubles import Trouble, why
from portal.ports.token import LastTryAllowed, Pin, PinSource

#: Answers to a sign-in after which the same PIN is never sent again.
SPENT: Final = frozenset({Trouble.PIN_INCORRECT, Trouble.PIN_MALFORMED, Trouble.PIN_LOCKED})
_BARRED: Final = {PinTries.LAST: Trouble.PIN_LAST_TRY, PinTries.LOCKED: Trouble.PIN_LOCKED}


def tries_of(token: Token) -> PinTries:
    """The four words for CKF_USER_PIN_*; the strongest flag decides."""
    for flag, tries in (
        (TokenFlag.USER_PIN_LOCKED, PinTries.LOCKED),
        (TokenFlag.USER_PIN_FINAL_TRY, PinTries.LAST),
        (TokenFlag.USER_PIN_COUNT_LOW, PinTries.LOW),
    ):
        if token.flags & flag:
            return tries
    return PinTries.PLENTY


class Connection:
    """The way to one token by its serial number; the libraries are loaded when the first order comes."""

    def __init__(self, libraries: Sequence[Library], serial: str, pins: PinSource) -> None:
        self._libraries = libraries
        self._serial = serial
        self._pins = pins
        self._library: Library | None = None
        self._token: Token | None = None
        self._session: Session | None = None
        self._refused: RefusalError | None = None
        self._changed: Pin | None = None
        self._dead = False
        #: key pairs made over this connection, by CKA_ID: each search for one takes a token as long as a signature
        self.pairs: dict[str, tuple[Object, PublicKey]] = {}
        #: those of them beside which there was nothing on the token, and nothing was written yet
        self.alone: set[str] = set()
        #: every CKA_ID on the token when it was last read over this connection, and those asked for since
        self.seen: set[str] | None = None

    def session(self) -> Session:
        """The session; raises RefusalError when there is no token, no PIN, or the PIN was refused once."""
        if self._refused is not None:
            raise self._refused
        if self._session is None or self._dead:
            self._session = self._sign_in(self._find())
        return self._session

    def pin(self) -> Pin:
        """The PIN in force: the one just set, else the one entered."""
        pin = self._changed or self._pins.pin()
        if pin is None:
            raise RefusalError(why(Trouble.PIN_NEEDED), whom=WaitingFor.PIN)
        return pin

    def pin_in_force(self) -> Pin:
        """The PIN that opened the session, when it is only looked at and not sent: its ticket goes on."""
        self.session()
        pin = self.pin()
        if self._changed is None:
            self._pins.accepted()
        return pin

    def pin_changed(self, pin: Pin) -> None:
        """From now on the token expects this PIN."""
        self._changed = pin

    def pin_refused(self, ended: RefusalError) -> None:
        """The token refused the PIN in mid-session: no order of this run may try it again."""
        self._refused = ended
        self._pins.refused()

    def pin_uncertain(self) -> None:
        """Nobody knows which PIN is in force: a person must say it, because a guess could spend a try."""
        self._refused = RefusalError(why(Trouble.PIN_NEEDED), whom=WaitingFor.PIN)

    def token(self) -> Token:
        """The token without a user's session on it: for what only its administrator may do."""
        if self._refused is not None:
            raise self._refused
        return self._find()

    def module(self) -> str:
        """The path of the library the token was found through."""
        return self._library.path if self._library is not None else ""

    def restart(self) -> None:
        """Drop what a failed sign-in left open."""
        if self._library is not None:
            self._library.reset()

    def still_there(self) -> bool:
        """Whether the token answers and is the same: modules find nothing, silently, on a token that was pulled."""
        if self._token is None:
            return False
        try:
            return serial_of(self._token.slot.get_token()) == self._serial
        except PKCS11Error:
            return False

    def check_still_there(self) -> None:
        """Raise TOKEN_REMOVED unless the token answers: asked whenever something was not found."""
        if not self.still_there():
            self.close()
            raise RefusalError(why(REMOVED.trouble, wanted=self._serial), whom=REMOVED.whom)

    def trouble(self, error: PKCS11Error) -> RefusalError:
        """What an error means here and now; a session that is of no use any more is given up."""
        verdict = verdict_of(error)
        if verdict.doubtful and not self.still_there():
            verdict = REMOVED
        if verdict.lost:
            self._dead = True
        return refusal(error, verdict)

    def close(self) -> None:
        """Sign out and let go of the library; a dead session is no error any more."""
        if self._session is not None:
            with suppress(PKCS11Error):
                self._session.close()
        if self._library is not None:
            self._library.release()
        self._session = self._token = self._library = None
        self._dead = False
        self.pairs.clear()
        self.alone.clear()
        self.seen = None

    def _find(self) -> Token:
        self.close()
        seen: list[str] = []
        missing: RefusalError | None = None
        for library in self._libraries:
            try:
                tokens = _listed(library)
            except RefusalError as error:
                missing = error
                continue
            ours = next((token for token in tokens if serial_of(token) == self._serial), None)
            if ours is not None:
                self._library, self._token = library, ours
                return ours
            library.release()
            seen += [serial_of(token) for token in tokens]
        raise missing if missing and not seen else _not_found(self._serial, seen)

    def _sign_in(self, token: Token) -> Session:
        tries = tries_of(token)
        barred = _BARRED.get(tries)
        if barred and not (tries is PinTries.LAST and self._last_try_allowed()):
            raise RefusalError(why(barred), whom=WaitingFor.PIN)
        pin = self.pin()
        try:
            session = token.open(rw=True, user_pin=pin.reveal(), attribute_mapper=lenient_mapper())
        except PKCS11Error as error:
            ended = self.trouble(error)
        else:
            self._pins.accepted()
            return session
        if self._library is not None:
            self._library.reset()  # the failed try left a session open that has no owner
        if ended.refused.why.trouble in SPENT:
            self._refused = ended
            self._pins.refused()
        raise ended

    def _last_try_allowed(self) -> bool:
        return isinstance(self._pins, LastTryAllowed) and self._pins.spends_last_try()


def _listed(library: Library) -> list[Token]:
    library.acquire()
    try:
        return library.tokens()
    except PKCS11Error as error:
        library.release()
        verdict = verdict_of(error)
        raise RefusalError(because(error, verdict), whom=verdict.whom) from None


def _not_found(serial: str, seen: list[str]) -> RefusalError:
    if seen:
        absent = why(Trouble.WRONG_TOKEN, seen=", ".join(sorted(seen)), wanted=serial)
    else:
        absent = why(Trouble.TOKEN_ABSENT, wanted=serial)
    return RefusalError(absent, whom=WaitingFor.TOKEN)
