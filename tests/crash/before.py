"""The world before the blow: a token with certificates of ours and a foreign one, and an update of every step."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final, TypeVar

from sqlalchemy import insert, select, update

import portal.connectors.token.gateway  # noqa: F401  loaded before the fork, the library itself after it
from portal.connectors.vault_local import LocalVault
from portal.db import snapshots
from portal.db.facts import FactWriter
from portal.db.models import IdentityApplication, Person
from portal.domain.certificate import KeyAlgorithm, Purpose, TemplateKey
from portal.domain.facts import CertificateIssued, CertificateWritten, ContentsSeen, DeviceRegistered
from portal.domain.identity import IdentityClaim
from portal.domain.identity_check import IdentityRules, Verdict
from portal.domain.ids import DeviceId, PolicyId, UpdateId
from portal.domain.outcomes import Done, Outcome
from portal.domain.plan_steps import steps_of
from portal.domain.policy import CertificateTemplate, CommonCertificate, DeviceUsagePolicy, Register, SubjectRecipe
from portal.domain.update_plan import Choices, plan_update
from portal.domain.update_steps import StepKind
from portal.ports.certificate_authority import CertificateOrder
from portal.ports.device_register import RegisterOrder
from portal.ports.token import GenerateKeyPair, ReadContents, SignRequest, TokenGateway, WriteCertificate
from portal.services.commons import Commons
from portal.services.identity_rows import seal_claim
from portal.services.step_context import Outside
from tests.crash.place import CA_NAME, COMMON, PIN_OF_ALL, Place, common
from tests.support.ledgers import LOGIN
from tests.support.pins import Pins
from tests.support.pki import MASTER, a_place, an_authority

SUBJECT: Final = (("CN", "Иванова Мария"),)
MAIL: Final = (("email", "ivanova@key.example"),)
HOLDER: Final = {"cn": "Иванова Мария", "email": "ivanova@key.example"}
CHECKS: Final = IdentityRules(ask=True, announce=True)
WINDOW: Final = timedelta(days=1000)  # everything expires within it, so everything is renewed
NONCE: Final = "c0ffee"
#: Every step an update is made of; the others are alone in their runs.
ORDINARY: Final = frozenset(StepKind) - {StepKind.CHANGE_PIN, StepKind.RESET_PIN, StepKind.INIT_TOKEN}


def template(name: str, purpose: Purpose) -> CertificateTemplate:
    recipe = SubjectRecipe((("CN", "{cn}"),), (("email", "{email}"),))
    return CertificateTemplate(TemplateKey(CA_NAME, name, purpose), name, KeyAlgorithm.EC_P256, recipe, WINDOW)


SIGNATURE: Final = replace(template("signature", Purpose.SIGN), qualified=True)
ENCRYPTION: Final = template("mail-encryption", Purpose.ENCRYPT)
VPN: Final = template("vpn", Purpose.AUTHENTICATE)
OLD: Final = ((SIGNATURE, "a1"), (ENCRYPTION, "a2"), (VPN, "a3"))
FOREIGN: Final = "f0"


def prepare(place: Place, serial: str) -> tuple[int, int]:
    """Three certificates of ours and a foreign one on the token, and an update with every kind of step."""
    an_authority(a_place(f"sqlite:///{place.folder}/ca.db", place.folder / "ca"), name=CA_NAME)
    outside = place.outside()
    ledger = place.ledger()
    device = ledger.device(serial)
    with outside.desk.gateway(serial, Pins(PIN_OF_ALL)) as gateway:
        known = [_place(outside, gateway, template, key_id) for template, key_id in OLD]
        _place(outside, gateway, template("vpn", Purpose.AUTHENTICATE), FOREIGN)
        contents = done(gateway.carry_out(ReadContents())).contents
    assert contents is not None
    _confirm(place, outside.clock.now())
    registered = outside.registers.get(Register.SECRET_NET)
    assert registered is not None
    registered.register(RegisterOrder("before", serial, LOGIN))
    now = outside.clock.now()
    with ledger.database.begin() as connection:
        writer = FactWriter(connection, device, UpdateId(0), now)
        for fact in known:
            writer.apply(fact)
            writer.apply(CertificateWritten(fact.fingerprint))
        writer.apply(ContentsSeen(contents))
        writer.apply(DeviceRegistered(Register.SECRET_NET))
        Commons(ledger.database, LocalVault(MASTER), outside.reader).add(connection, COMMON, common(), now)
    return device, _order(place, device, now)


def _confirm(place: Place, now: datetime) -> None:
    """Registers of the state have confirmed the holder, so that his qualified certificate may be ordered."""
    database = place.ledger().database
    with database.begin() as connection:
        person = connection.execute(select(Person.id)).scalar_one()
        named = {"surname": "Иванова", "given_name": "Мария"}
        connection.execute(update(Person).values(attributes={**HOLDER, **named}))
        claim = IdentityClaim("Иванова", "Мария", "", date(1990, 3, 12))
        application = {
            "person_id": person,
            "services": sorted(CHECKS.checks),
            "sealed": seal_claim(LocalVault(MASTER), claim, person),
            "verdict": Verdict.CONFIRMED,
            "ordered_by": "admin",
            "created_at": now,
            "decided_at": now - timedelta(minutes=1),
        }
        connection.execute(insert(IdentityApplication).values(application))


def _order(place: Place, device: DeviceId, now: datetime) -> int:
    ledger = place.ledger()
    policy = DeviceUsagePolicy(
        PolicyId(1),
        1,
        "Модель",
        (SIGNATURE, ENCRYPTION),
        (CommonCertificate(COMMON, 1, place.outside().reader.certificate(common().certificate).fingerprint),),
        registers=frozenset({Register.ACCESS_MANAGER}),
        identity=CHECKS,
    )
    with ledger.database.read() as connection:
        known = snapshots.device(connection, device)
    plan = plan_update(known, policy, Choices(), now)
    steps = steps_of(plan, known, policy, NONCE)
    assert {step.kind for step in steps} == ORDINARY
    return ledger.order(device, steps)


def _place(outside: Outside, gateway: TokenGateway, template: CertificateTemplate, key_id: str) -> CertificateIssued:
    gateway.carry_out(GenerateKeyPair(key_id, template.name, KeyAlgorithm.EC_P256))
    request = done(gateway.carry_out(SignRequest(key_id, SUBJECT, MAIL))).request
    ca = outside.authorities.get(CA_NAME)
    assert ca is not None
    order = CertificateOrder(f"before-{key_id}", template.key.ca_template, request, SUBJECT, MAIL)
    der = done(ca.request(order)).certificate
    done(gateway.carry_out(WriteCertificate(key_id, template.name, der)))
    facts = outside.reader.certificate(der)
    return CertificateIssued(
        fingerprint=facts.fingerprint,
        key_id=key_id,
        template=template.key,
        template_name=template.name,
        serial=facts.serial,
        subject=facts.subject,
        issuer=facts.issuer,
        not_before=facts.not_before,
        not_after=facts.not_after,
        attributes=(),
        escrow=False,
        revoke_on_removal=template is VPN,
        der=der,
    )


Reply = TypeVar("Reply")


def done(outcome: Outcome[Reply]) -> Reply:
    assert isinstance(outcome, Done), outcome
    return outcome.reply
