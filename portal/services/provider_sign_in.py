"""Signing in through an OpenID provider: it says who somebody is, here stands whose account that is."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar

from sqlalchemy.exc import IntegrityError

from portal.db.models import Connector
from portal.db.transaction import Database
from portal.domain.connector_health import ConnectorState
from portal.domain.connector_kinds import ConnectorKind
from portal.domain.errors import InvalidInput, OutsideUnavailable
from portal.domain.ids import AccountId, ConnectorId
from portal.domain.sign_in import SignInDenied, SignInTrouble, SignInWay
from portal.ports.clock import Clock
from portal.ports.connectors import ConnectorValues
from portal.ports.sign_in import IdentityProvider, Journey, Proved
from portal.services.connector_rows import StoredConnector, stored_connector
from portal.services.connector_watch import ConnectorWatch
from portal.services.connectors import Connectors
from portal.services.session_leavings import SessionLeavings
from portal.services.sessions import Proof, Sessions, Visitor
from portal.services.sign_in_accounts import unknown_password
from portal.services.sign_in_door import SignInDoor
from portal.services.sign_in_links import Links
from portal.services.welcoming import Guest

Answer = TypeVar("Answer")
OpensProvider = Callable[[ConnectorValues], IdentityProvider]
#: What a provider says when somebody over there said no.
_DECLINED: Final = frozenset({"access_denied", "login_required", "consent_required", "interaction_required"})


@dataclass(slots=True)
class ProviderSignIn:
    """Each provider is opened when first asked for, and again when it was changed."""

    database: Database
    clock: Clock
    sessions: Sessions
    connectors: Connectors
    watch: ConnectorWatch
    opens: OpensProvider
    _open: dict[ConnectorId, tuple[int, IdentityProvider]] = field(default_factory=dict, init=False)

    def begin(self, name: str, back: str) -> tuple[Journey, str]:
        """A journey to the provider of this name, and where it begins; raises SignInDenied."""
        row = self._row(name)
        state, nonce, verifier = (secrets.token_urlsafe(32) for _one in range(3))
        journey = Journey(state, nonce, verifier, back)
        return journey, self._asked(row, lambda provider: provider.way_there(journey))

    def finish(self, name: str, journey: Journey, answer: Mapping[str, str], visitor: Visitor) -> str:
        """The token of a new session for whoever came back with this answer; raises SignInDenied."""
        door = SignInDoor(self.database, self.clock, self.sessions, name)
        door.take_try(visitor)
        try:
            row = self._row(name)
            guest = self._guest(row, self._proved(row, journey, answer))
        except SignInDenied as denied:
            door.note(denied, visitor)
            raise
        return door.let_in(guest, visitor)

    def way_out(self, name: str, back: str, ticket: str = "") -> str:
        """Where one signs out of the provider, too; empty when that is not offered, or cannot be found out now.

        ``ticket`` is of the session that ended before, see Sessions.sign_out.
        """
        kept = SessionLeavings(self.database, self.clock).take_hint(ticket, name) if ticket else None
        try:
            hint = self._opened(name, *kept) if kept else ""
            return self._asked(self._row(name), lambda provider: provider.way_out(back, hint))
        except SignInDenied:
            return ""

    def _sealed(self, name: str, account: AccountId, hint: str) -> bytes | None:
        return self.connectors.vault.seal(hint.encode(), context=_context(name, account)) if hint else None

    def _opened(self, name: str, account: AccountId, sealed: bytes) -> str:
        try:
            return self.connectors.vault.open(sealed, context=_context(name, account)).decode()
        except ValueError:  # sealed with another key
            return ""

    def _proved(self, row: StoredConnector, journey: Journey, answer: Mapping[str, str]) -> Proved:
        said = answer.get("error", "")[:100]
        if said:
            trouble = SignInTrouble.DECLINED if said in _DECLINED else SignInTrouble.MISSET
            raise SignInDenied(trouble, detail=said)
        issuer, code = answer.get("iss", ""), answer.get("code", "")
        if issuer and issuer != row.plain["issuer"]:  # the answer of another provider (RFC 9207)
            raise SignInDenied(SignInTrouble.MISTRUSTED, detail="iss")
        if not code:
            raise SignInDenied(SignInTrouble.LOST)
        return self._asked(row, lambda provider: provider.identify(journey, code))

    def _guest(self, row: StoredConnector, proved: Proved) -> Guest:
        unknown_to_all = unknown_password()
        try:
            with self.database.begin() as connection:
                found, denied = Links(connection, row, self.clock.now()).account_of(proved, unknown_to_all)
        except IntegrityError as error:  # the same person at two places at once, for the first time
            raise SignInDenied(SignInTrouble.LOST) from error
        if denied is not None:
            raise denied
        hint = self._sealed(row.name, found.id, proved.hint)
        return Guest(found.id, found.login, Proof(SignInWay.PROVIDER, row.name, hint))

    def _row(self, name: str) -> StoredConnector:
        with self.database.read() as connection:
            row = stored_connector(connection, Connector.name == name)
        if row is None or row.kind is not ConnectorKind.SIGN_IN_OIDC or row.state is ConnectorState.PAUSED:
            raise SignInDenied(SignInTrouble.LOST)
        return row

    def _asked(self, row: StoredConnector, ask: Callable[[IdentityProvider], Answer]) -> Answer:
        if row.health.holds_back(self.clock.now()):
            raise SignInDenied(SignInTrouble.AWAY)
        try:
            answer = ask(self._provider(row))
        except OutsideUnavailable as away:
            detail = away.data.get("detail", "")
            self.watch.failed(row.id, SignInTrouble.AWAY.value, detail)
            raise SignInDenied(SignInTrouble.AWAY, detail=detail) from away
        self.watch.answered(row.id)
        return answer

    def _provider(self, row: StoredConnector) -> IdentityProvider:
        known = self._open.get(row.id)
        if known is not None and known[0] == row.version:
            return known[1]
        try:
            opened = self.opens(self.connectors.values(row.id))
        except (InvalidInput, ValueError) as error:  # kept by another version, which asked for less
            raise SignInDenied(SignInTrouble.MISSET) from error
        self._open[row.id] = row.version, opened
        return opened


def _context(name: str, account: AccountId) -> str:
    return f"sign-in-hint:{name}:{account}"
