"""The texts of every trouble: what happened, why, what to do next; and what each leaves unchanged."""

from enum import Enum, auto
from typing import Final

from portal.domain.troubles import Trouble
from portal.web.translate import lazy_gettext as _l
from portal.web.words.trouble_agents import AGENT_TEXTS
from portal.web.words.trouble_identity import BY_ITSELF, IDENTITY_TEXTS, Text


class Unchanged(Enum):
    """What a trouble did not touch."""

    OLD_STAYS = auto()
    NOTHING = auto()
    TOKEN_DONE = auto()


_ORDER_AGAIN: Final = _l("Start a new update: the plan will take account of what is on the token now.")
_ENTER_AGAIN: Final = _l("Enter the PIN again.")
_SETTLE: Final = _l("Look at the token or ask the system outside, then say below what is true.")

#: The portal's own authority waits for a person who works with the portal.
DECIDED_HERE: Final = Text(
    _l("The request waits for an approver"),
    _l("An operator or an administrator of the portal decides about certificates of the template “%(template)s”."),
    _l("You need do nothing: the update goes on by itself after the decision."),
)

TEXTS: Final[dict[Trouble, Text]] = {
    Trouble.TOKEN_ABSENT: Text(
        _l("The token is not connected"),
        _l("No token with this serial number is plugged in."),
        _l("Plug the token in: the update goes on as soon as it is seen."),
    ),
    Trouble.TOKEN_REMOVED: Text(
        _l("The token was pulled out while it was being written"),
        _l("The token disappeared in the middle of a step."),
        _l("Plug the same token in. The portal looks at what was written and goes on from there."),
    ),
    Trouble.WRONG_TOKEN: Text(
        _l("Another token is plugged in"),
        _l("Expected %(wanted)s, found %(seen)s."),
        _l("Plug in the right token: the update goes on as soon as it is seen."),
    ),
    Trouble.TOKEN_READ_ONLY: Text(
        _l("The token is read-only"),
        _l("The token does not let anything be written to it."),
        _l("Use another token, or make this one writable with the vendor's tool, then start a new update."),
    ),
    Trouble.TOKEN_FULL: Text(
        _l("The token is full"),
        _l("There is not enough memory for the new certificate beside the old one."),
        _l("Start a new update and choose in its plan what may go first."),
    ),
    Trouble.TOKEN_ERROR: Text(
        _l("The token answered with an error"),
        _l("The step did not go through."),
        BY_ITSELF,
    ),
    Trouble.TOKEN_HANGS: Text(
        _l("The token does not answer"),
        _l("The step took longer than it may take."),
        _l("Pull the token out and plug it in again. The portal tries again by itself."),
    ),
    Trouble.TOKEN_UNSUITABLE: Text(
        _l("The token cannot do what the policy asks"),
        _l("It does not support the key or the operation."),
        _l("Use another model of token, or change the template's key algorithm, then start a new update."),
    ),
    Trouble.MODULE_MISSING: Text(
        _l("The driver of the token is missing on the server"),
        _l("The PKCS#11 module could not be loaded."),
        _l("Ask the administrator of the server to install it. The portal tries again by itself."),
    ),
    Trouble.OBJECT_MISSING: Text(
        _l("Something that should be on the token is not there"),
        _l("The key or certificate this step needs was not found."),
        _ORDER_AGAIN,
    ),
    Trouble.PROOF_FAILED: Text(
        _l("The new certificate did not pass its proof"),
        _l("A test signature made on the token does not match the certificate."),
        _ORDER_AGAIN,
    ),
    Trouble.CONTENTS_CHANGED: Text(
        _l("The device has changed since the plan was shown"),
        _l("What is on the token is not what the plan was made from."),
        _l("Look at the new plan and confirm it again."),
    ),
    Trouble.CONTENTS_DIFFER: Text(
        _l("The token does not carry exactly what was planned"),
        _l("The final check found a difference."),
        _ORDER_AGAIN,
    ),
    Trouble.PIN_NEEDED: Text(
        _l("The PIN is needed again"),
        _l("A PIN is kept for a few minutes only, and that time has passed."),
        _ENTER_AGAIN,
    ),
    Trouble.PIN_INCORRECT: Text(
        _l("The token refused the PIN"),
        _l("One try was spent; this PIN is never sent to this token again."),
        _l("Check the keyboard layout and enter the PIN again."),
    ),
    Trouble.PIN_REPEATED: Text(
        _l("The token has already refused this very PIN"),
        _l("It was not sent again, so no try was spent."),
        _l("Enter another PIN."),
    ),
    Trouble.PIN_LAST_TRY: Text(
        _l("One last try is left for the PIN"),
        _l("The portal never spends the last try: a mistake would lock the token."),
        _l("Sign in once with the vendor's tool, which resets the count of tries, then enter the PIN here."),
    ),
    Trouble.PIN_LOCKED: Text(
        _l("The PIN of the token is locked"),
        _l("Too many wrong PINs were entered."),
        _l("Unlock it with the administrator PIN in the vendor's tool, then enter the PIN here."),
    ),
    Trouble.PIN_MALFORMED: Text(
        _l("The PIN is shorter or longer than the token allows"),
        _l("It was refused without spending a try."),
        _ENTER_AGAIN,
    ),
    Trouble.NEW_PIN_LOST: Text(
        _l("The new PIN is not kept any more"),
        _l("A PIN is kept for a few minutes only, and that time has passed."),
        _l("The PIN that was entered last opens the token. Change it once more if it is to be another one."),
    ),
    Trouble.SO_PIN_MISSING: Text(
        _l("The portal does not know the administrator PIN of this token"),
        _l("Only with it can the user PIN be set anew."),
        _l("Enter the administrator PIN on the device card, or use the vendor's tool."),
    ),
    Trouble.SO_PIN_REFUSED: Text(
        _l("The token refused the administrator PIN"),
        _l("The one that is kept here is not right, or too few tries are left; it is never sent to this token again."),
        _l("Enter the right administrator PIN on the device card, or use the vendor's tool."),
    ),
    Trouble.CA_UNAVAILABLE: Text(
        _l("The certification authority does not answer"),
        _l("It is out of reach or busy."),
        BY_ITSELF,
    ),
    Trouble.CA_REFUSED: Text(
        _l("The certification authority refused the request"),
        _l("The request does not meet its rules."),
        _l("Correct the template or the user's data, then start a new update."),
    ),
    Trouble.CA_MISMATCH: Text(
        _l("The certification authority sent another certificate than was ordered"),
        _l("It is for another key, for somebody else, or not valid now, so it was not written."),
        _l("Tell the administrator of the certification authority, then start a new update."),
    ),
    Trouble.CA_DECIDES: Text(
        _l("The certification authority is deciding"),
        _l("The request was accepted and waits for approval there."),
        _l("You need do nothing: the update goes on by itself after the decision."),
    ),
    Trouble.CA_UNKNOWN: Text(
        _l("No such certification authority is configured"),
        _l("The template names a certification authority the portal does not know."),
        _l("Ask an administrator to correct the policy, then start a new update."),
    ),
    **IDENTITY_TEXTS,
    **AGENT_TEXTS,
    Trouble.CONNECTOR_PAUSED: Text(
        _l("The connector to the system outside is paused"),
        _l("An administrator has paused “%(connector)s”; nobody calls out through it."),
        _l("It goes on by itself within minutes after the connector is resumed."),
    ),
    Trouble.REGISTER_UNAVAILABLE: Text(
        _l("The register of devices does not answer"),
        _l("The system is out of reach or busy."),
        BY_ITSELF,
    ),
    Trouble.REGISTER_REFUSED: Text(
        _l("The register of devices refused the device"),
        _l("What it was told does not meet its rules."),
        _l("Remove the cause in the register, then have it told again on the device's card."),
    ),
    Trouble.COMMON_UNREADABLE: Text(
        _l("The common certificate cannot be opened"),
        _l("Its file is damaged or its key is missing."),
        _l("Ask an administrator to load it into the policy again, then start a new update."),
    ),
    Trouble.DEVICE_BLOCKED: Text(
        _l("The device was disabled or revoked meanwhile"),
        _l("Its state does not allow an update any more."),
        _l("Enable the device first if it is to be updated."),
    ),
    Trouble.CANCELLED: Text(
        _l("The update was cancelled"),
        _l("A person asked to stop it. What was under way was undone."),
        _l("Start a new update when you want to go on."),
    ),
    Trouble.GIVEN_UP: Text(
        _l("The update was ended by a person"),
        _l("Nobody could tell what had become of it. What could be undone was undone, the rest was written down."),
        _l("Start a new update: it begins with what is on the token."),
    ),
    Trouble.TOO_MANY_ATTEMPTS: Text(
        _l("The update does not get on"),
        _l("It was taken up many times without a single step forward."),
        _SETTLE,
    ),
    Trouble.UNKNOWN_STEP: Text(
        _l("The update was started by another version of the portal"),
        _l("It contains a step this version does not know."),
        _l("End the update below, or go back to the version that started it."),
    ),
    Trouble.IN_DOUBT: Text(
        _l("It is not known whether the step took effect"),
        _l("The portal was interrupted in the middle of the step, and what it looked at gave no answer."),
        _SETTLE,
    ),
}

UNCHANGED: Final = {
    Trouble.CONTENTS_CHANGED: Unchanged.NOTHING,
    Trouble.REGISTER_UNAVAILABLE: Unchanged.TOKEN_DONE,
    Trouble.REGISTER_REFUSED: Unchanged.TOKEN_DONE,
}
