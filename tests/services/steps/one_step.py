"""A step alone, with what the steps before it brought."""

from dataclasses import replace

from portal.domain.outcomes import Refused
from portal.domain.policy import Register
from portal.domain.troubles import Trouble, why
from portal.domain.update_state import StepStatus
from portal.domain.update_steps import Step, StepKind
from portal.ports.journal import StepRecord
from tests.fakes.reader import ModelCertificate, ModelReader
from tests.support.clock import NOON
from tests.support.engine import NEW

DOWN = Refused(why(Trouble.CA_UNAVAILABLE), permanent=False)
REGISTER = Step(StepKind.REGISTER_DEVICE, item=0, register=Register.SECRET_NET, order_id="r-0")
WITHDRAW = replace(REGISTER, kind=StepKind.WITHDRAW_DEVICE)
REVOKE = replace(NEW, kind=StepKind.REVOKE_CERTIFICATE, serial="5")
ORDER = replace(NEW, kind=StepKind.REQUEST_CERTIFICATE)
ROOT = ModelCertificate("root", "9", b"root", NOON, NOON.replace(year=2030))
COMMON = Step(
    StepKind.WRITE_COMMON,
    item=0,
    common="root",
    common_version=1,
    key_id="cc",
    fingerprint=ModelReader().certificate(ROOT.der()).fingerprint,
)


def done(kind: StepKind, **reply: str) -> StepRecord:
    return StepRecord(1, replace(NEW, kind=kind), StepStatus.DONE, reply)


ISSUED = done(StepKind.REQUEST_CERTIFICATE, certificate="", fingerprint="f1", serial="5")


def trouble(outcome: object) -> tuple[Trouble, bool]:
    assert isinstance(outcome, Refused)
    return outcome.why.trouble, outcome.permanent
