"""What the children do: prepare the world, carry the update, die on order, look at what is left."""

import os
import signal
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final, TypeVar

from sqlalchemy import insert, select, update

import portal.connectors.token.gateway  # noqa: F401  loaded before the fork, the library itself after it
from jobs.lifeline import lifeline
from portal.connectors.ca.builtin.approving import BuiltinApprovals
from portal.connectors.ca.builtin.store import CaStore
from portal.connectors.ca.builtin.tables import ORDERS, REVOCATIONS
from portal.connectors.vault_local import LocalVault
from portal.db import snapshots
from portal.db.facts import FactWriter
from portal.db.models import IdentityApplication, Person
from portal.domain.certificate import KeyAlgorithm, Purpose, TemplateKey
from portal.domain.contents import TokenContents
from portal.domain.facts import CertificateIssued, CertificateWritten, ContentsSeen, DeviceRegistered
from portal.domain.identity import IdentityClaim
from portal.domain.identity_check import IdentityRules, Verdict
from portal.domain.ids import DeviceId, PolicyId, UpdateId
from portal.domain.outcomes import Absent, Done, Outcome
from portal.domain.plan_steps import steps_of
from portal.domain.policy import CertificateTemplate, CommonCertificate, DeviceUsagePolicy, Register, SubjectRecipe
from portal.domain.update_plan import Choices, plan_update
from portal.domain.update_state import StepStatus, UpdateStatus
from portal.domain.update_steps import StepKind
from portal.ports.certificate_authority import CertificateOrder
from portal.ports.device_register import DeviceRegister, RegisterOrder
from portal.ports.journal import StepRecord
from portal.ports.token import GenerateKeyPair, Pin, ReadContents, SignRequest, TokenGateway, WriteCertificate
from portal.services.boundaries import Boundary, Observer, nobody
from portal.services.commons import Commons
from portal.services.identity_rows import seal_claim
from portal.services.step_context import Outside
from portal.services.steps import HANDLERS
from portal.services.update_runner import RunnerRules, UpdateRunner
from tests.crash.place import CA_NAME, COMMON, PIN_OF_ALL, Place, common
from tests.support.ledgers import LOGIN
from tests.support.pins import Pins
from tests.support.pki import MASTER, a_place, an_authority

SUBJECT: Final = (("CN", "Иванова Мария"),)
MAIL: Final = (("email", "ivanova@key.example"),)
HOLDER: Final = {"cn": "Иванова Мария", "email": "ivanova@key.example"}
CHECKS: Final = IdentityRules(ask=True, announce=True)
WINDOW: Final = timedelta(days=1000)  # everything expires within it, so everything is renewed
ROUNDS: Final = 12
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


#: Certificates of this update in the CA's ledger, not those it needs for itself.
ORDERED: Final = ORDERS.c.order_id.startswith(f"{NONCE}-") & ORDERS.c.certificate.is_not(None)


# ── before ──


def prepare(place: Place, serial: str) -> tuple[int, int]:
    """Three certificates of ours and a foreign one on the token, and an update with every kind of step."""
    an_authority(a_place(f"sqlite:///{place.folder}/ca.db", place.folder / "ca"), name=CA_NAME)
    outside = place.outside()
    ledger = place.ledger()
    device = ledger.device(serial)
    with outside.desk.gateway(serial, Pins(PIN_OF_ALL)) as gateway:
        known = [_place(outside, gateway, template, key_id) for template, key_id in OLD]
        _place(outside, gateway, template("vpn", Purpose.AUTHENTICATE), FOREIGN)
        contents = _done(gateway.carry_out(ReadContents())).contents
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
    request = _done(gateway.carry_out(SignRequest(key_id, SUBJECT, MAIL))).request
    ca = outside.authorities.get(CA_NAME)
    assert ca is not None
    order = CertificateOrder(f"before-{key_id}", template.key.ca_template, request, SUBJECT, MAIL)
    der = _done(ca.request(order)).certificate
    _done(gateway.carry_out(WriteCertificate(key_id, template.name, der)))
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


def _done(outcome: Outcome[Reply]) -> Reply:
    assert isinstance(outcome, Done), outcome
    return outcome.reply


# ── the blow ──


def goes_back(boundary: Boundary, record: StepRecord) -> bool:
    """Whether this is a boundary of an undo."""
    undoing = record.status in {StepStatus.UNDOING, StepStatus.UNDONE}
    return undoing or (boundary is Boundary.BEFORE_INTENT and record.status is not StepStatus.PENDING)


@dataclass(slots=True)
class Blow:
    """Kill this process at a boundary of a kind of step, going forward or back; perhaps cancel before."""

    kind: StepKind
    boundary: Boundary
    back: bool = False
    cancel_at: StepKind | None = None
    place: Place | None = None
    cancelled: bool = field(default=False, init=False)

    def __call__(self, boundary: Boundary, record: StepRecord) -> None:
        kind = record.step.kind
        if kind is self.cancel_at and boundary is Boundary.AFTER_EFFECT and not self.cancelled and self.place:
            self.cancelled = True
            self.place.ledger().cancel(UpdateId(self.place.update), datetime.now(UTC))
        if kind is self.kind and boundary is self.boundary and goes_back(boundary, record) is self.back:
            os.kill(os.getpid(), signal.SIGKILL)


def runner(place: Place, outside: Outside, observe: Observer = nobody) -> UpdateRunner:
    rules = RunnerRules(f"horse-{os.getpid()}")
    return UpdateRunner(place.ledger().journal, HANDLERS, outside, rules, observe)


def struck(place: Place, blow: Blow, ahead: timedelta = timedelta()) -> None:
    """Carry the update until the blow."""
    outside = place.outside(ahead)
    outside.tickets.keep(UpdateId(place.update), place.serial, Pin(PIN_OF_ALL))
    runner(place, outside, replace(blow, place=place)).advance(UpdateId(place.update))


@dataclass(frozen=True, slots=True)
class Fault:
    """Rules of the fault module from the moment a kind of step is about to act; or another token put in."""

    kind: StepKind
    rules: tuple[str, ...] = ()
    swap: bool = False


def troubled(place: Place, fault: Fault, patience: float = 60) -> tuple[UpdateStatus | None, str]:
    """Carry the update through the fault; a token that hangs longer than ``patience`` ends this process."""
    outside = place.outside()
    outside.tickets.keep(UpdateId(place.update), place.serial, Pin(PIN_OF_ALL))
    struck: list[Boundary] = []

    def observe(boundary: Boundary, record: StepRecord) -> None:
        if record.step.kind is fault.kind and boundary is Boundary.AFTER_INTENT and not struck:
            struck.append(boundary)
            place.rules(*fault.rules)
            if fault.swap:
                place.swap_token(place.folder / "other")

    hold = lifeline(outside.clock, beat=timedelta(seconds=0.2), patience=timedelta(seconds=patience))
    engine = replace(runner(place, outside, observe), hold=hold)
    status = engine.advance(UpdateId(place.update))
    assert struck
    return status, trouble(place)


def tried(place: Place, pin: str, ahead: timedelta = timedelta(minutes=5)) -> tuple[UpdateStatus | None, str]:
    """Wake the update with this PIN."""
    outside = place.outside(ahead)
    update = UpdateId(place.update)
    outside.tickets.keep(update, place.serial, Pin(pin))
    place.ledger().wake(update, outside.clock.now())
    return runner(place, outside).advance(update), trouble(place)


def trouble(place: Place) -> str:
    why = place.ledger().row(UpdateId(place.update)).why
    return str(why["value"]["trouble"]) if why else ""


# ── the approver ──


def _desk(place: Place) -> BuiltinApprovals:
    where = a_place(f"sqlite:///{place.folder}/ca.db", place.folder / "ca")
    return BuiltinApprovals(CA_NAME, where.store, where.clock, where.templates)


def asks_approver(place: Place, template: str) -> None:
    """From now on orders of this template wait for a person."""
    _desk(place).switch(template, manual=True)


def approver_decides(place: Place, approve: bool) -> None:
    """A person says yes, or no, to everything that waits."""
    for request in _desk(place).waiting():
        _desk(place).decide(request.order_id, approve=approve, comment="сказано", by="approver")


def approvals_open(place: Place) -> int:
    """How many orders still wait."""
    return len(_desk(place).waiting())


def cancelled(place: Place) -> None:
    """A person stops the update."""
    place.ledger().cancel(UpdateId(place.update), datetime.now(UTC))


# ── after ──


@dataclass(frozen=True, slots=True)
class Found:
    """What the last process saw."""

    at_the_blow: TokenContents
    at_the_end: TokenContents
    status: UpdateStatus
    orders: dict[str, str]
    revoked: frozenset[str]
    registers: frozenset[Register]


def resumed(place: Place) -> Found:
    """Look at the token as the blow left it, carry the update to its end, look again."""
    struck_at = _contents(place, place.outside())
    status = UpdateStatus.RUNNING
    for later in range(2, ROUNDS):
        outside = place.outside(ahead=later * timedelta(minutes=10))
        outside.tickets.keep(UpdateId(place.update), place.serial, Pin(PIN_OF_ALL))
        status = place.ledger().row(UpdateId(place.update)).status
        if not status.active:
            break
        place.ledger().wake(UpdateId(place.update), outside.clock.now())
        runner(place, outside).advance(UpdateId(place.update))
    return look(place, struck_at, status)


def look(place: Place, struck_at: TokenContents, status: UpdateStatus) -> Found:
    outside = place.outside()
    with CaStore(f"sqlite:///{place.folder}/ca.db")._engine.connect() as connection:
        orders = {row.order_id: row.serial for row in connection.execute(ORDERS.select().where(ORDERED))}
        revoked = frozenset(row.serial for row in connection.execute(REVOCATIONS.select()))
    kinds = ((kind, outside.registers.get(kind)) for kind in Register)
    known = frozenset(kind for kind, register in kinds if register and not _unknown(register, place.serial))
    return Found(struck_at, _contents(place, outside), status, orders, revoked, known)


def _unknown(register: DeviceRegister, serial: str) -> bool:
    return isinstance(register.known(serial), Absent)


def _contents(place: Place, outside: Outside) -> TokenContents:
    with outside.desk.gateway(place.serial, Pins(PIN_OF_ALL)) as gateway:
        contents = _done(gateway.carry_out(ReadContents())).contents
    assert contents is not None
    return contents
