"""Every setting of a policy: its name, and one line that says what it does."""

from typing import Final

from portal.domain.letters import LetterKind
from portal.domain.policy_sections import PolicySection
from portal.web.translate import lazy_gettext as _l
from portal.web.words.letters import KINDS

SECTIONS: Final = {
    PolicySection.GENERAL: (_l("General"), _l("What administrators call the policy.")),
    PolicySection.TEMPLATES: (
        _l("Certificate templates"),
        _l("Which certificates are issued, how they are filled in and when they are renewed."),
    ),
    PolicySection.COMMONS: (
        _l("Common certificates"),
        _l("Ready certificates with keys that are written to every device as they are."),
    ),
    PolicySection.IDENTITY: (
        _l("Identity check (СМЭВ)"),
        _l("Whether registers of the state confirm the holder's data before a qualified certificate is issued."),
    ),
    PolicySection.TRACKING: (
        _l("Foreign certificates"),
        _l("Certificates somebody else put on the device: we never touch them, but can watch their expiry."),
    ),
    PolicySection.REGISTERS: (
        _l("Connectors"),
        _l("Other products that have to know of the device. A switch turned here makes devices due for an update."),
    ),
    PolicySection.SELF_SERVICE: (
        _l("Self-service"),
        _l("What the holder may do with his own device without an administrator."),
    ),
    PolicySection.DEVICES: (
        _l("Devices and PIN"),
        _l("Which devices the policy accepts, how they are prepared and what a user PIN must be like."),
    ),
    PolicySection.AGENTS: (
        _l("Agent"),
        _l("What agents at workstations may do with devices that are far from the server."),
    ),
    PolicySection.NOTIFICATIONS: (_l("Letters"), _l("Who is written to when something happens to a device.")),
}

_NAMES: Final = {
    "general.name": (_l("Name of the policy"), _l("People see it as the reason why something is on their device.")),
    "identity.ask": (
        _l("Check the holder before a qualified certificate"),
        _l("The update waits until the registers have confirmed; without their word nothing is ordered at the CA."),
    ),
    "identity.checks": (
        _l("Registers that must confirm"),
        _l("All of them. A certificate template may name others for itself."),
    ),
    "identity.validity": (
        _l("A confirmation holds for"),
        _l("In days. While it holds and the directory says the same, nobody is asked again."),
    ),
    "identity.announce": (
        _l("Make issued certificates known to ЕСИА"),
        _l("After the update; it waits for nobody."),
    ),
    "tracking.tracking": (
        _l("Look for certificates added outside the system"),
        _l("When a device is updated, certificates with keys that others put there are offered for tracking."),
    ),
    "tracking.track_automatically": (
        _l("Track them without asking"),
        _l("Every such certificate is taken under watch at once; nobody chooses."),
    ),
    "registers.access_manager": (
        _l("Register devices in Indeed Access Manager"),
        _l("The device becomes a way to sign in: smart card or USB token with its PIN."),
    ),
    "registers.secret_net": (
        _l("Register devices in Secret Net Studio"),
        _l("The device is given to its holder there as his electronic identifier."),
    ),
    "registers.contract": (
        _l("Register devices in an external register of devices"),
        _l("Any product that keeps to the open contract of registers: it is told of the device and its holder."),
    ),
    "self_service.update": (
        _l("Update the device"),
        _l("The holder may start an update himself. Without it only an administrator can."),
    ),
    "self_service.choose_optional": (
        _l("Choose optional certificates"),
        _l("The holder decides which of the optional certificates he has on the device."),
    ),
    "self_service.choose_tracked": (
        _l("Choose which foreign certificates are tracked"),
        _l("The holder is asked after an update; otherwise an administrator decides."),
    ),
    "self_service.change_pin": (
        _l("Give the device another PIN"),
        _l("The holder may give the device a new user PIN."),
    ),
    "self_service.suspend": (
        _l("Switch the device off and on"),
        _l("Its certificates are put on hold at the CA until the device is switched on again."),
    ),
    "self_service.revoke": (
        _l("Report the device lost, broken or compromised"),
        _l("The device is revoked at once, and every certificate that was issued for it."),
    ),
    "devices.types": (
        _l("Accepted types"),
        _l("Only devices of the chosen types are issued under this policy. None chosen means any."),
    ),
    "devices.per_person": (
        _l("Devices per person"),
        _l("How many devices one person may hold under this policy; 0 means as many as needed."),
    ),
    "devices.initialize": (
        _l("Initialise before issuing"),
        _l("Everything on the device is wiped before the first certificate is written. Never done on an update."),
    ),
    "devices.pin_min_length": (_l("Shortest user PIN"), _l("In characters, from 4 to 64.")),
    "devices.pin_max_length": (_l("Longest user PIN"), _l("In characters; many devices take 16 at most.")),
    "agents.updates": (
        _l("Update devices through agents"),
        _l("The person at the workstation allows the update and enters the PIN there, where it stays."),
    ),
    "agents.other_person": (
        _l("A device of somebody else at a workstation"),
        _l("For workstations that are bound to a person: what to do when the device there belongs to another."),
    ),
    "agents.task_days": (
        _l("A task waits for"),
        _l("In days, from 1 to 90: a task nobody took ends by itself. Whoever orders it may choose another day."),
    ),
    "agents.report_foreign": (
        _l("Look for foreign certificates at workstations"),
        _l("Certificates that others put on the device are noticed when it is plugged in, not only at an update."),
    ),
}

_LETTERS: Final = {
    LetterKind.CONTENT_EXPIRING: _l("When a certificate of the device enters its renewal window."),
    LetterKind.CONTENT_EXPIRED: _l("When it has ended and nobody renewed it."),
    LetterKind.POLICY_CHANGED: _l("When another policy, or another version of it, makes an update due."),
    LetterKind.UPDATE_WAITING: _l("When an update waits for a decision of the CA, for the device or for its holder."),
    LetterKind.UPDATE_DONE: _l("With what is on the device now, and until when."),
    LetterKind.UPDATE_FAILED: _l("With the cause, and what to do about it."),
}
_NOTIFICATIONS: Final = {
    **{f"notifications.{kind.value}": (KINDS[kind], text) for kind, text in _LETTERS.items()},
    "notifications.resend_after": (
        _l("Write again after"),
        _l("In days: a letter about something that is still so comes again after so long."),
    ),
}

_TEMPLATE: Final = {
    "templates.template": (_l("template"), ""),
    "templates.order": (_l("order of templates"), ""),
    "templates.name": (_l("Name of the template"), _l("People see it in plans, letters and on the card.")),
    "templates.ca_template": (
        _l("What is issued"),
        _l("The authority and its template. They decide what the key is for and how long the certificate lives."),
    ),
    "templates.algorithm": (_l("Key algorithm"), _l("The key is made on the device and never leaves it.")),
    "templates.reuse_key": (
        _l("Keep the key when renewing"),
        _l("The renewed certificate belongs to the same key. After a revocation a new key is made in any case."),
    ),
    "templates.escrow": (
        _l("The CA keeps a copy of the key"),
        _l("For encryption, where the authority offers it: old mail stays readable if the device is lost."),
    ),
    "templates.subject": (
        _l("Subject of the certificate"),
        _l("Each line is a part of the name. Attributes stand in braces: {surname}. Empty lines are left out."),
    ),
    "templates.alternative": (
        _l("Alternative names"),
        _l("E-mail for signed letters, UPN for signing in to the domain, DNS names."),
    ),
    "templates.renewal_window": (
        _l("Renewal window"),
        _l("In days: so long before its end the certificate is due for renewal."),
    ),
    "templates.tracked_attributes": (
        _l("Renew when these data change"),
        _l("A change of a chosen attribute makes the device due: the certificate is issued again with fresh data."),
    ),
    "templates.revoke_on_removal": (
        _l("Revoke when removed"),
        _l("When the certificate leaves the device, the CA revokes it. Otherwise it stays valid until its end."),
    ),
    "templates.optional": (
        _l("Optional"),
        _l("Offered when the device is updated; nobody has to take it, and it never makes a device due."),
    ),
    "templates.qualified": (
        _l("Qualified"),
        _l("Stands for a handwritten signature in law."),
    ),
    "templates.checks": (
        _l("Registers that must confirm the holder"),
        _l("For a qualified certificate. None ticked: those of the policy."),
    ),
    "commons.common": (_l("common certificate"), ""),
    "commons.version": (_l("version of the certificate"), ""),
    "commons.optional": (_l("Optional"), _l("Offered when the device is updated instead of being written to all.")),
}

SETTINGS: Final = {**_NAMES, **_TEMPLATE, **_NOTIFICATIONS}


def section_name(section: PolicySection) -> str:
    """What a section is called."""
    return str(SECTIONS[section][0])


def section_help(section: PolicySection) -> str:
    """What a section is about."""
    return str(SECTIONS[section][1])


def setting_name(section: PolicySection, setting: str) -> str:
    """What a setting is called."""
    return str(SETTINGS[f"{section.value}.{setting}"][0])


def setting_help(section: PolicySection, setting: str) -> str:
    """What a setting does, in one line."""
    return str(SETTINGS[f"{section.value}.{setting}"][1])
