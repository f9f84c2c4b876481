"""One handler per kind of step."""

from collections.abc import Mapping
from typing import Final

from portal.domain.update_steps import StepKind
from portal.services.step_context import StepHandler
from portal.services.steps.check_identity import AnnounceCertificate, CheckIdentity
from portal.services.steps.compare_contents import CompareContents
from portal.services.steps.generate_key import GenerateKey
from portal.services.steps.init_token import InitToken
from portal.services.steps.register_device import RegisterDevice, WithdrawDevice
from portal.services.steps.remove_object import RemoveCertificate, RemoveKey
from portal.services.steps.request_certificate import RequestCertificate
from portal.services.steps.retain_history import RetainHistory
from portal.services.steps.revoke_certificate import RevokeCertificate
from portal.services.steps.set_pin import ChangePin, ResetPin
from portal.services.steps.sign_request import SignRequest
from portal.services.steps.verify_certificate import VerifyCertificate
from portal.services.steps.verify_token import VerifyToken
from portal.services.steps.write_certificate import WriteCertificate
from portal.services.steps.write_common import WriteCommon

HANDLERS: Final[Mapping[StepKind, StepHandler]] = {
    StepKind.COMPARE_CONTENTS: CompareContents(),
    StepKind.GENERATE_KEY: GenerateKey(),
    StepKind.SIGN_REQUEST: SignRequest(),
    StepKind.REQUEST_CERTIFICATE: RequestCertificate(),
    StepKind.WRITE_CERTIFICATE: WriteCertificate(),
    StepKind.WRITE_COMMON: WriteCommon(),
    StepKind.VERIFY_CERTIFICATE: VerifyCertificate(),
    StepKind.RETAIN_HISTORY: RetainHistory(),
    StepKind.REMOVE_CERTIFICATE: RemoveCertificate(),
    StepKind.REMOVE_KEY: RemoveKey(),
    StepKind.VERIFY_TOKEN: VerifyToken(),
    StepKind.REVOKE_CERTIFICATE: RevokeCertificate(),
    StepKind.REGISTER_DEVICE: RegisterDevice(),
    StepKind.WITHDRAW_DEVICE: WithdrawDevice(),
    StepKind.CHANGE_PIN: ChangePin(),
    StepKind.RESET_PIN: ResetPin(),
    StepKind.INIT_TOKEN: InitToken(),
    StepKind.CHECK_IDENTITY: CheckIdentity(),
    StepKind.ANNOUNCE_CERTIFICATE: AnnounceCertificate(),
}
