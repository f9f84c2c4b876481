"""Common certificates: taken in from PFX files, replaced, put into policies, removed when nothing needs them.

A file becomes a version of its own and changes nothing by itself. Putting it to use publishes a new version of every
policy that carries the certificate, so each device gets the new one, and loses the old one after that.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, delete, func, select, update

from portal.db import snapshots
from portal.db.models import Certificate, CertificatePlace, Policy
from portal.db.models import CommonCertificateVersion as Stored
from portal.db.transaction import Database
from portal.domain.audit import AuditTag
from portal.domain.certificate import CertificateKind
from portal.domain.effective_policy import Assignment
from portal.domain.errors import Conflict, InvalidInput, NotFound
from portal.domain.policy import CommonCertificate, DeviceUsagePolicy
from portal.ports.certificates import CertificateReader, OpenedPfx, PfxOpener, PfxRefused
from portal.ports.clock import Clock
from portal.services.audit import record
from portal.services.commons import Commons
from portal.services.policies import look_again, store_version
from portal.services.what_if import Hypothesis

#: No PFX with one certificate, its key and a chain is larger.
LARGEST: Final = 256 * 1024
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class PfxFile:
    """What somebody sent; the password is used once and kept nowhere."""

    data: bytes
    password: str

    def __repr__(self) -> str:
        return "PfxFile(…)"


@dataclass(frozen=True, slots=True)
class CommonCertificates:
    """What people do with common certificates; each verb is one short transaction."""

    database: Database
    clock: Clock
    store: Commons
    opener: PfxOpener
    reader: CertificateReader

    def add(self, name: str, file: PfxFile, *, actor: str) -> str:
        """Take in a certificate under a new name; raises InvalidInput by field. Answers the name as it is kept."""
        tidy = " ".join(name.split())
        if not tidy or len(tidy) > _LONGEST or not tidy.isprintable():
            raise InvalidInput({"name": "required" if not tidy else "too_long" if len(tidy) > _LONGEST else "invalid"})
        opened = self._opened(file)
        with self.database.begin() as connection:
            if _newest(connection, tidy):
                raise InvalidInput({"name": "common_name_taken"})
            self._keep(connection, tidy, opened, actor)
            _tell(connection, AuditTag.COMMON_ADDED, tidy, actor=actor, now=self.clock.now(), version=1)
        return tidy

    def replace(self, name: str, file: PfxFile, *, seen: int, actor: str) -> CommonCertificate:
        """Take in the next version; no policy carries it yet.

        Raises NotFound, InvalidInput by field, Conflict ``common_overtaken`` when ``seen`` is not the newest any more.
        """
        opened = self._opened(file)
        with self.database.begin() as connection:
            _demand_newest(connection, name, seen)
            made = self._keep(connection, name, opened, actor)
            same = select(func.count()).where(Stored.name == name, Stored.fingerprint == made.fingerprint)
            if connection.execute(same).scalar_one() > 1:
                raise InvalidInput({"file": "common_same"})
            _tell(connection, AuditTag.COMMON_ADDED, name, actor=actor, now=self.clock.now(), version=made.version)
        return made

    def put_to_use(self, name: str, *, seen: int, actor: str) -> int:
        """Publish every policy that carries an older version anew with the newest; answers how many there were."""
        now = self.clock.now()
        with self.database.begin() as connection:
            newest = _demand_newest(connection, name, seen)
            outdated = [body for body in carrying(connection, name) if body.common(name) != _like(body, newest)]
            for body in outdated:
                _publish(connection, _with(body, newest), actor, now)
            _tell(connection, AuditTag.COMMON_REPLACED, name, actor=actor, now=now, version=newest.version)
        return len(outdated)

    def if_put_to_use(self, name: str) -> Hypothesis:
        """All assignments as they would be with the newest version; raises NotFound."""
        with self.database.read() as connection:
            newest = _newest(connection, name)
            given = snapshots.assignments(connection)
        if newest is None:
            raise NotFound("common", name=name)
        return Hypothesis(tuple(_given(one, newest) for one in given))

    def remove(self, name: str, *, seen: int, actor: str) -> None:
        """Forget it with all its versions; raises Conflict ``common_in_use`` while a policy or a device has it."""
        with self.database.begin() as connection:
            _demand_newest(connection, name, seen)
            policies = [body.name for body in carrying(connection, name)]
            devices = _devices_with(connection, name)
            if policies or devices:
                raise Conflict("common_in_use", name=name, policies=", ".join(policies), devices=str(devices))
            connection.execute(delete(Stored).where(Stored.name == name))
            _tell(connection, AuditTag.COMMON_REMOVED, name, actor=actor, now=self.clock.now(), version=seen)

    def discard(self, name: str, *, seen: int, actor: str) -> None:
        """Forget the newest version, which no policy and no device has yet; raises Conflict ``common_in_use``."""
        with self.database.begin() as connection:
            newest = _demand_newest(connection, name, seen)
            policies = [body.name for body in carrying(connection, name) if body.common(name) == _like(body, newest)]
            devices = _devices_with(connection, name, newest.fingerprint)
            if policies or devices:
                raise Conflict("common_in_use", name=name, policies=", ".join(policies), devices=str(devices))
            connection.execute(delete(Stored).where(Stored.name == name, Stored.version == seen))
            _tell(connection, AuditTag.COMMON_REMOVED, name, actor=actor, now=self.clock.now(), version=seen)

    def _opened(self, file: PfxFile) -> OpenedPfx:
        if not file.data:
            raise InvalidInput({"file": "pfx_missing"})
        if len(file.data) > LARGEST:
            raise InvalidInput({"file": "pfx_too_large"})
        try:
            opened = self.opener.open(file.data, file.password)
        except PfxRefused as error:
            field = "password" if error.code == "pfx_wrong_password" else "file"
            raise InvalidInput({field: error.code}) from error
        facts, now = self.reader.certificate(opened.material.certificate), self.clock.now()
        if facts.not_after <= now or facts.not_before > now:
            raise InvalidInput({"file": "pfx_expired" if facts.not_after <= now else "pfx_not_yet"})
        return opened

    def _keep(self, connection: Connection, name: str, opened: OpenedPfx, actor: str) -> CommonCertificate:
        shown = {"key_kind": opened.key_kind, "chain": [one[:_LONGEST] for one in opened.chain], "added_by": actor}
        return self.store.add(connection, name, opened.material, self.clock.now(), **shown)


def carrying(connection: Connection, name: str) -> list[DeviceUsagePolicy]:
    """The policies, as they act now, that carry it."""
    query = select(Policy.id, Policy.current_version).where(Policy.withdrawn_at.is_(None)).order_by(Policy.name)
    bodies = [snapshots.policy_version(connection, row.id, row.current_version) for row in connection.execute(query)]
    return [body for body in bodies if body.common(name)]


def _newest(connection: Connection, name: str) -> CommonCertificate | None:
    query = select(Stored.version, Stored.fingerprint).where(Stored.name == name).order_by(Stored.version.desc())
    row = connection.execute(query.limit(1)).one_or_none()
    return CommonCertificate(name, row.version, row.fingerprint) if row else None


def _demand_newest(connection: Connection, name: str, seen: int) -> CommonCertificate:
    newest = _newest(connection, name)
    if newest is None:
        raise NotFound("common", name=name)
    if newest.version != seen:
        raise Conflict("common_overtaken", name=name, version=str(newest.version))
    return newest


def _like(body: DeviceUsagePolicy, newest: CommonCertificate) -> CommonCertificate:
    """The newest version as this policy carries it: required or optional."""
    now = body.common(newest.name)
    return replace(newest, optional=now.optional if now else False)


def _with(body: DeviceUsagePolicy, newest: CommonCertificate) -> DeviceUsagePolicy:
    mine = _like(body, newest)
    return replace(body, commons=tuple(mine if one.name == newest.name else one for one in body.commons))


def _given(one: Assignment, newest: CommonCertificate) -> Assignment:
    return replace(one, policy=_with(one.policy, newest)) if one.policy.common(newest.name) else one


def _publish(connection: Connection, body: DeviceUsagePolicy, actor: str, now: datetime) -> None:
    following = replace(body, version=body.version + 1)
    own = (Policy.id == body.id) & (Policy.current_version == body.version)
    if connection.execute(update(Policy).where(own).values(current_version=following.version)).rowcount != 1:
        raise Conflict("policy_overtaken", name=body.name, policy=str(body.id))
    store_version(connection, following, actor=actor, now=now)
    look_again(connection, body.id, now)
    subject = f"policy:{body.id}"
    record(
        connection,
        AuditTag.POLICY_PUBLISHED,
        actor=actor,
        subject=subject,
        now=now,
        name=body.name,
        version=following.version,
    )


def _devices_with(connection: Connection, name: str, fingerprint: str = "") -> int:
    own = Certificate
    mine = (own.kind == CertificateKind.COMMON, own.name == name, own.status == CertificatePlace.WRITTEN)
    wanted = select(Stored.fingerprint).where(Stored.name == name)
    query = select(func.count()).select_from(own).where(own.fingerprint.in_(wanted), *mine)
    if fingerprint:
        query = query.where(own.fingerprint == fingerprint)
    return int(connection.execute(query).scalar_one())


def _tell(connection: Connection, tag: AuditTag, name: str, *, version: int, actor: str, now: datetime) -> None:
    record(connection, tag, actor=actor, subject="common", now=now, name=name, version=version)
