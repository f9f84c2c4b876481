"""The connection to СМЭВ in words: faults of its form, and how trying it went."""

from typing import Final

from portal.ports.exchange import Rule
from portal.services.exchange_trial import TrialStep, Tried
from portal.web.translate import gettext as _
from portal.web.translate import lazy_gettext as _l

FIELDS: Final = {
    "bad_address_of_exchange": _l("An address begins with http:// or https:// and holds no name, password or query"),
    "bad_name_of_exchange": _l("Latin letters, digits, dots, dashes and underscores, 50 at most"),
    "bad_path_of_signer": _l("The path of a socket begins with a slash"),
    "bad_path_of_authority": _l("The path of a file on this server begins with a slash"),
    "not_certificates": _l("This is no file of certificates: PEM or DER is needed"),
    "digits_only": _l("Only digits can stand here"),
    "wrong_length": _l("This number has more or fewer digits"),
    "check_digits": _l("The check digits do not fit: one of the digits is mistyped"),
    "bad_characters": _l("There are characters here that cannot be sent"),
}
STEPS: Final = {
    TrialStep.REACH: _l("Reach the address"),
    TrialStep.SIGN: _l("Sign"),
    TrialStep.SEND: _l("Send a test message"),
    TrialStep.QUEUE: _l("Read our queue"),
}
WELL: Final = {
    (TrialStep.REACH, ""): _l("Somebody listens there."),
    (TrialStep.SIGN, "adapter_signs"): _l("The adapter holds the key and signs."),
    (TrialStep.SEND, ""): _l("The exchange took it. It is marked as a test, no register counts it."),
    (TrialStep.SEND, "taken_later"): _l("The exchange has it and will say later whether it is taken."),
    (TrialStep.QUEUE, ""): _l("The queue can be read; nothing waits in it."),
}
ILL: Final = {
    "unreachable": _l("Nobody answers there. Compare the address, the network and the certificate of the server."),
    "no_signer": _l("The signing process does not answer. Start it and compare the path of its socket."),
    "silent": _l("There was no answer that could be read. Nothing was lost: messages wait until there is one."),
}
ADVICE: Final = {
    Rule.RESEND_SAME: _l("The exchange has a failure or is too busy: try again in some minutes."),
    Rule.CONFIGURATION: _l(
        "Something must be set right: the mnemonics, our certificate at the operator of СМЭВ, or the right to ask."
    ),
    Rule.REFUSE: _l("The exchange does not take this kind of message: compare the version and the environment."),
    Rule.NEW_ID: _l("The exchange finds the message too old: compare the clock of this server."),
}


def step_name(step: TrialStep) -> str:
    """What is tried."""
    return str(STEPS[step])


def trial_sentence(tried: Tried) -> str:
    """How it went, and what to do when it went ill."""
    if tried.well and tried.code == "signs":
        return _("Signing works; our certificate holds until %(day)s.", day=tried.detail)
    if tried.well and tried.code == "taken":
        return _("The queue can be read; messages taken: %(number)s.", number=tried.detail)
    if tried.well:
        return str(WELL.get((tried.step, tried.code), ""))
    if tried.rule:
        advice = ADVICE.get(Rule(tried.rule), ADVICE[Rule.RESEND_SAME])
        return _("It was not taken (%(code)s). %(advice)s", code=tried.detail, advice=advice)
    return str(ILL.get(tried.code, ILL["silent"]))
