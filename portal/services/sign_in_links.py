"""Whose account somebody is who proved himself at a provider: by his unchanging number, the first time by a claim."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import ColumnElement, Connection, insert, select

from portal.db.base import AnyRow
from portal.db.models import Account, Person, SignInLink
from portal.db.words import fold
from portal.domain.audit import AuditTag
from portal.domain.connectors.oidc import Match, who_is_meant, words_in
from portal.domain.connectors.pairs import role_of_groups
from portal.domain.permissions import Role
from portal.domain.sign_in import SignInDenied, SignInTrouble
from portal.domain.texts import address_key
from portal.ports.sign_in import Proved
from portal.services.audit import record
from portal.services.connector_rows import StoredConnector
from portal.services.sign_in_accounts import SignInAccounts, account_row, known_roles, refusal


@dataclass(frozen=True, slots=True)
class Links:
    """Those of one provider, in the caller's transaction."""

    connection: Connection
    row: StoredConnector
    now: datetime

    def account_of(self, proved: Proved, password_hash: str) -> tuple[AnyRow, SignInDenied | None]:
        """The account, in the role its groups give now, and why it is not let in all the same.

        Raises SignInDenied for somebody who is nobody here yet, of whom nothing is kept then.
        """
        hashed = _hash(proved)
        linked = (SignInLink.connector_id == self.row.id) & (SignInLink.subject_hash == hashed)
        known = self.connection.execute(select(SignInLink.account_id).where(linked)).scalar_one_or_none()
        account = self._graded(self._meant(proved, password_hash) if known is None else known, proved)
        denied = refusal(self.row.plain, account)
        if known is None:
            if denied is not None:
                raise denied
            self._link(account, hashed)
        return account, denied

    def _graded(self, number: int, proved: Proved) -> AnyRow:
        """The account as it is after its groups had their say: a role lost over there is lost here."""
        before = account_row(self.connection, number)
        accounts = SignInAccounts(self.connection, self.row.name, self.now)
        accounts.regrade(before, self._grade(proved, before.role))
        return account_row(self.connection, number)

    def _meant(self, proved: Proved, password_hash: str) -> int:
        """The account of whom the claim names; made for a person who has none."""
        said = who_is_meant(proved.claims, self.row.plain["claim"])
        match = Match(self.row.plain["match"])
        if not said.strip():
            raise SignInDenied(SignInTrouble.STRANGER, detail=f"no {self.row.plain['claim']}")
        if match is Match.LOGIN:
            own = self.connection.execute(select(Account.id).where(Account.login == fold(said))).scalar_one_or_none()
            if own is not None:
                return int(own)
        query = select(Person.id, Person.active).where(_named(match, said))
        people = self.connection.execute(query.limit(2)).all()
        if len(people) != 1 or not people[0].active:
            raise SignInDenied(SignInTrouble.STRANGER, detail=said[:100])
        accounts = SignInAccounts(self.connection, self.row.name, self.now)
        return accounts.of_person(people[0].id, lambda before: self._grade(proved, before), password_hash)

    def _grade(self, proved: Proved, before: str) -> str:
        claim = self.row.plain.get("groups_claim", "")
        groups = words_in(proved.claims, claim) if claim else ()
        return role_of_groups(self.row.plain, groups, before, known_roles(self.connection)) or Role.EMPLOYEE.value

    def _link(self, account: AnyRow, hashed: str) -> None:
        taken = (SignInLink.connector_id == self.row.id) & (SignInLink.account_id == account.id)
        if self.connection.execute(select(SignInLink.account_id).where(taken)).first() is not None:
            raise SignInDenied(SignInTrouble.TAKEN, login=account.login)
        made = {"connector_id": self.row.id, "subject_hash": hashed, "account_id": account.id, "linked_at": self.now}
        self.connection.execute(insert(SignInLink).values(made))
        where = {"actor": account.login, "subject": f"account:{account.login}", "through": self.row.name}
        record(self.connection, AuditTag.ACCOUNT_LINKED, now=self.now, **where)


def _named(match: Match, said: str) -> ColumnElement[bool]:
    if match is Match.EMAIL:
        return Person.email_key == address_key(said)
    if match is Match.UPN:
        return Person.upn_key == address_key(said)
    return Person.login_key == fold(said)


def _hash(proved: Proved) -> str:
    return sha256(f"{proved.issuer}\n{proved.subject}".encode()).hexdigest()
