"""A small organisation in a real database: the cast, their devices, and every state a page can meet."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Connection, insert, select, update

from portal.db import snapshots
from portal.db.contents import store_contents
from portal.db.findings import store_review
from portal.db.models import Certificate, CertificatePlace
from portal.db.models import Device as DeviceTable
from portal.db.transaction import Database
from portal.domain.certificate import CertificateKind, KeyAlgorithm, Purpose, Revocation, TemplateKey
from portal.domain.contents import TokenCertificate, TokenContents
from portal.domain.device import DeviceState
from portal.domain.ids import DeviceId, PersonId, PolicyId
from portal.domain.permissions import Role
from portal.domain.policy import CertificateTemplate, DeviceUsagePolicy, SubjectRecipe
from portal.services.devices import DeviceDraft, add_devices
from portal.services.people import PersonDraft, add_people
from portal.services.policies import assign, publish
from portal.services.reviews import review_of

ROOT: Final = ("Ключ",)
SALES: Final = ("Ключ", "Отдел продаж")
PASSWORD: Final = "correct horse battery"
HOSTILE: Final = "CN=<script>alert(1)</script>,O=\"'><img src=x onerror=alert(2)>"

SIGNATURE: Final = CertificateTemplate(
    key=TemplateKey("main", "signature", Purpose.SIGN),
    name="Подпись",
    algorithm=KeyAlgorithm.EC_P256,
    recipe=SubjectRecipe((("CN", "{cn}"),)),
    renewal_window=timedelta(days=30),
)
VPN: Final = CertificateTemplate(
    key=TemplateKey("main", "vpn", Purpose.AUTHENTICATE),
    name="VPN",
    algorithm=KeyAlgorithm.EC_P256,
    recipe=SubjectRecipe((("CN", "{cn}"),)),
    renewal_window=timedelta(days=14),
)
MAIL: Final = CertificateTemplate(
    key=TemplateKey("main", "mail", Purpose.ENCRYPT),
    name="Шифрование почты",
    algorithm=KeyAlgorithm.RSA_2048,
    recipe=SubjectRecipe((("CN", "{cn}"),)),
    renewal_window=timedelta(days=30),
    optional=True,
)
OLD_PORTAL: Final = TemplateKey("main", "old-portal", Purpose.AUTHENTICATE)


@dataclass(frozen=True, slots=True)
class World:
    """Who and what is there."""

    belyaeva: PersonId
    vorontsov: PersonId
    stranger: PersonId
    due: DeviceId
    fine: DeviceId
    no_policy: DeviceId
    due_serial: str = "1098447118"


def person(surname: str, given: str, middle: str, login: str, container: tuple[str, ...]) -> PersonDraft:
    attributes = {
        "login": login,
        "surname": surname,
        "given_name": given,
        "middle_name": middle,
        "cn": f"{surname} {given} {middle}",
        "email": f"{login}@example.org",
        "upn": f"{login}@corp.example.org",
        "title": "Старший менеджер",
    }
    return PersonDraft(container, attributes, groups=("Пользователи VPN",))


def fill(database: Database, now: datetime) -> World:
    """Put everybody and everything in."""
    with database.begin() as connection:
        policy = _policy(connection, now)
        people = add_people(
            connection,
            [
                person("Беляева", "Марина", "Сергеевна", "m.belyaeva", SALES),
                person("Воронцов", "Илья", "Дмитриевич", "i.vorontsov", SALES),
                person("Посторонний", "Пётр", "Петрович", "p.stranger", ("Подрядчики",)),
            ],
            now,
        )
        devices = _devices(connection, people, now)
        _contents(connection, devices, policy, now)
        for device in devices:
            seen = snapshots.device(connection, device)
            store_review(connection, review_of(seen, snapshots.assignments(connection), now))
    return World(people[0], people[1], people[2], due=devices[0], fine=devices[1], no_policy=devices[2])


def certificate_row(device: int, name: str, key: TemplateKey, *, until: datetime, now: datetime) -> dict[str, Any]:
    fingerprint = sha256(f"{device}{name}".encode()).hexdigest()
    return {
        "device_id": device,
        "kind": CertificateKind.MANAGED,
        "name": name,
        "ca": key.ca,
        "ca_template": key.ca_template,
        "purpose": key.purpose,
        "fingerprint": fingerprint,
        "key_id": fingerprint[:40],
        "serial": fingerprint[:16],
        "subject": "CN=Беляева Марина Сергеевна",
        "issuer": "CN=Ключник УЦ",
        "not_before": now - timedelta(days=300),
        "not_after": until,
        "revocation": Revocation.GOOD,
        "status": CertificatePlace.WRITTEN,
        "created_at": now,
        "attributes": [],
    }


def _policy(connection: Connection, now: datetime) -> DeviceUsagePolicy:
    draft = DeviceUsagePolicy(PolicyId(0), 0, "Сотрудники офиса", (SIGNATURE, VPN, MAIL), (), tracking=True)
    made = publish(connection, draft, actor="admin", now=now)
    assign(connection, made.id, container=ROOT, groups=frozenset(), priority=100, now=now)
    return made


def _devices(connection: Connection, people: list[PersonId], now: datetime) -> list[DeviceId]:
    drafts = [
        _issued("1098447118", "Рутокен ЭЦП 3.0", people[0], label="основной"),
        _issued("0947201553", "Рутокен ЭЦП 2.0", people[1]),
        _issued("4E530214AF33", "JaCarta-2", people[2]),
    ]
    return add_devices(connection, drafts, now)


def _issued(serial: str, model: str, holder: PersonId, *, label: str = "") -> DeviceDraft:
    return DeviceDraft(
        serial, "Рутокен", model, manufacturer="Актив", label=label, holder=holder, state=DeviceState.ISSUED
    )


def _contents(connection: Connection, devices: list[DeviceId], policy: DeviceUsagePolicy, now: datetime) -> None:
    soon, late = now + timedelta(days=5), now + timedelta(days=300)
    rows = [
        certificate_row(devices[0], "Подпись", SIGNATURE.key, until=soon, now=now),
        certificate_row(devices[0], "Старый портал", OLD_PORTAL, until=late, now=now),
        certificate_row(devices[1], "Подпись", SIGNATURE.key, until=late, now=now),
        certificate_row(devices[1], "VPN", VPN.key, until=late, now=now),
    ]
    connection.execute(insert(Certificate), rows)
    for device in devices:
        own = [row for row in rows if row["device_id"] == device]
        serial = connection.execute(select(DeviceTable.serial).where(DeviceTable.id == device)).scalar_one()
        foreign = (_foreign(now),) if device == devices[0] else ()
        seen = TokenContents(serial, (*map(_seen, own), *foreign))
        store_contents(connection, device, seen)
        applied = {"applied_policy_id": policy.id, "applied_policy_version": policy.version}
        mine = update(DeviceTable).where(DeviceTable.id == device)
        connection.execute(mine.values(last_seen_at=now, **applied))


def _seen(row: dict[str, Any]) -> TokenCertificate:
    return TokenCertificate(
        fingerprint=row["fingerprint"],
        key_id=row["key_id"],
        label=row["name"],
        subject=row["subject"],
        issuer=row["issuer"],
        serial=row["serial"],
        not_before=row["not_before"],
        not_after=row["not_after"],
        has_key=True,
    )


def _foreign(now: datetime) -> TokenCertificate:
    return TokenCertificate(
        fingerprint="f0" * 32,
        key_id="ab" * 20,
        label="чужой",
        subject=HOSTILE,
        issuer="CN=УЦ <b>Тензор</b>",
        serial="02c49811",
        not_before=now - timedelta(days=10),
        not_after=now + timedelta(days=200),
        has_key=True,
    )


ROLES: Final = {"administrator": Role.ADMINISTRATOR, "operator": Role.OPERATOR, "auditor": Role.AUDITOR}
