"""Connectors in words: kinds, how they stand, and the steps of a check."""

from dataclasses import dataclass
from typing import Final

from flask_babel import LazyString

from portal.domain.audit import AuditTag
from portal.domain.connector_health import Health, Standing
from portal.domain.connector_kinds import ConnectorKind
from portal.domain.troubles import Trouble, why
from portal.ports.connectors import TraceLine, TraceStep
from portal.ports.directory import DirectoryTrouble
from portal.services.connector_trial import OF_A_TRY
from portal.web.translate import gettext as _
from portal.web.translate import lazy_gettext as _l
from portal.web.words.outside import plain_words
from portal.web.words.troubles import trouble_title

CONNECTOR_EVENTS: Final = {
    AuditTag.CONNECTOR_ADDED: _l("Added a connector"),
    AuditTag.CONNECTOR_CHANGED: _l("Changed a connector"),
    AuditTag.CONNECTOR_CHECKED: _l("Checked a connector"),
    AuditTag.CONNECTOR_PAUSED: _l("Paused a connector"),
    AuditTag.CONNECTOR_REMOVED: _l("Removed a connector"),
    AuditTag.CONNECTOR_RESUMED: _l("Resumed a connector"),
}


@dataclass(frozen=True, slots=True)
class KindWords:
    """What a kind is called, and whom it is for."""

    name: LazyString
    about: LazyString


KINDS: Final = {
    ConnectorKind.CA_CMP: KindWords(
        _l("Authority: CMP"),
        _l("Certificates are ordered and revoked over CMP (RFC 4210), with a shared secret or a certificate."),
    ),
    ConnectorKind.CA_DJANGO: KindWords(
        _l("Authority: django-ca"),
        _l("Certificates are ordered over its REST interface, signed in with a name and a password."),
    ),
    ConnectorKind.CA_EST: KindWords(
        _l("Authority: EST"),
        _l("Certificates are ordered over EST (RFC 7030), signed in with a password or a certificate."),
    ),
    ConnectorKind.CA_FILES: KindWords(
        _l("Authority by files"),
        _l(
            "Requests go into a folder, certificates come back through another: for an authority without a network, "
            "and for a Microsoft CA, beside which a program of the portal works."
        ),
    ),
    ConnectorKind.DIRECTORY_LDAP: KindWords(
        _l("Directory: LDAP"),
        _l("People, units and groups are read from Active Directory, Samba, OpenLDAP and their likes."),
    ),
    ConnectorKind.REGISTER_CONTRACT: KindWords(
        _l("Register: open contract"),
        _l("Any product that keeps to the portal's open contract is told of devices, owners and certificates."),
    ),
    ConnectorKind.REGISTER_INDEED: KindWords(
        _l("Register: Indeed Access Manager"),
        _l("A device becomes the way its owner signs in: “smart card or USB key + PIN”."),
    ),
    ConnectorKind.REGISTER_SECRET_NET: KindWords(
        _l("Register: Secret Net Studio"),
        _l("A device becomes the electronic identifier of its owner, through a worker beside the security server."),
    ),
    ConnectorKind.SIGN_IN_CERTIFICATE: KindWords(
        _l("Sign-in: certificate on the token"),
        _l("People sign in with the certificate the portal wrote to their token; nginx asks for it."),
    ),
    ConnectorKind.SIGN_IN_OIDC: KindWords(
        _l("Sign-in: OpenID Connect"),
        _l("People sign in over there: Keycloak, Blitz Identity Provider, ADFS and their likes."),
    ),
}

STANDINGS: Final = {
    Standing.UNTRIED: _l("not tried yet"),
    Standing.WELL: _l("answers"),
    Standing.FAILING: _l("does not answer"),
    Standing.PAUSED: _l("paused"),
}
STANDING_KINDS: Final = {
    Standing.UNTRIED: "neutral",
    Standing.WELL: "fine",
    Standing.FAILING: "problem",
    Standing.PAUSED: "waiting",
}

STEPS: Final = {
    TraceStep.SETTINGS: _l("Settings"),
    TraceStep.SECRETS: _l("Open its secrets"),
    TraceStep.IN_TIME: _l("Finish in time"),
    TraceStep.FOLDER_OUT: _l("Put a file into the folder of requests"),
    TraceStep.FOLDER_IN: _l("Read the folder of answers"),
    TraceStep.RESOLVE: _l("Find the server by its name"),
    TraceStep.CONNECT: _l("Connect"),
    TraceStep.TLS: _l("Believe the certificate of the server"),
    TraceStep.SIGN_IN: _l("Sign in"),
    TraceStep.CERTIFICATES: _l("Take the certificates of the authority"),
    TraceStep.PROFILES: _l("Ask what may be ordered"),
    TraceStep.PROTOCOL: _l("Understand the answer"),
    TraceStep.BASE: _l("Find the place of people"),
    TraceStep.PEOPLE: _l("Find people"),
    TraceStep.GROUPS: _l("Find groups"),
    TraceStep.CHANGES: _l("Ask what changed"),
    TraceStep.CAPABILITIES: _l("Ask what it can do with devices"),
    TraceStep.KEYS: _l("Take the keys it signs with"),
}

#: What to do when a step went wrong.
ADVICE: Final = {
    TraceStep.SETTINGS: _l("Mend what is marked in the settings and save."),
    TraceStep.SECRETS: _l("Type the secrets again and save."),
    TraceStep.IN_TIME: _l("It answers too slowly, or something on the way swallows what is sent."),
    TraceStep.FOLDER_OUT: _l("The account the portal runs under needs to write there."),
    TraceStep.FOLDER_IN: _l("The account the portal runs under needs to read there."),
    TraceStep.RESOLVE: _l("Check the name in the address, and the name servers of this machine."),
    TraceStep.CONNECT: _l("Check the port and that no firewall stands between."),
    TraceStep.TLS: _l("Put the certificate of the authority that vouches for the server into the settings."),
    TraceStep.SIGN_IN: _l(
        "Check the name and the password or certificate it is entered with, and its rights over there."
    ),
    TraceStep.CERTIFICATES: _l("What it shows does not lead to the certificates in the settings."),
    TraceStep.PROFILES: _l("Check the rights of the account over there, and the names of profiles."),
    TraceStep.PROTOCOL: _l("Check the address: somebody answers there, but not what is expected."),
    TraceStep.BASE: _l("Check the base, and that the account may read it."),
    TraceStep.PEOPLE: _l("Check the filter and the rights of the account."),
    TraceStep.GROUPS: _l("Check the base and the filter of groups."),
    TraceStep.CHANGES: _l("Choose another way to learn of changes, or give the account the right to it."),
    TraceStep.CAPABILITIES: _l("It speaks another version of the contract, or is meant for other devices."),
    TraceStep.KEYS: _l("Its description names an address of keys: check that it can be reached from here."),
}


#: Why a directory could not be asked.
DIRECTORY_TROUBLES: Final = {
    DirectoryTrouble.AWAY: _l("The directory does not answer"),
    DirectoryTrouble.SLOW: _l("The directory answers too slowly"),
    DirectoryTrouble.UNTRUSTED: _l("The certificate of the directory is not trusted"),
    DirectoryTrouble.SIGN_IN: _l("The directory does not let the portal in"),
    DirectoryTrouble.FORBIDDEN: _l("The account of the portal may not read this in the directory"),
    DirectoryTrouble.MISSING: _l("The base is not in the directory"),
    DirectoryTrouble.REFERRAL: _l("The directory sends the portal to another server"),
    DirectoryTrouble.RUBBISH: _l("What the directory answers cannot be read"),
    DirectoryTrouble.REFUSED: _l("The directory refuses"),
}


def kind_name(kind: ConnectorKind) -> str:
    """What the kind is called."""
    return str(KINDS[kind].name)


def step_name(step: TraceStep) -> str:
    """What is tried."""
    return str(STEPS[step])


def advice(line: TraceLine) -> str:
    """What to do about a step that went wrong; nothing about one that went well."""
    return "" if line.ok else str(ADVICE[line.what])


def trouble_sentence(health: Health) -> str:
    """What was wrong when it was last asked, with what was said over there."""
    told = health.trouble.removeprefix(OF_A_TRY)
    if told != health.trouble and told in _STEPS:
        said = _("Check: “%(step)s” went wrong", step=step_name(TraceStep(told)))
    elif health.trouble in _DIRECTORY_TROUBLES:
        said = str(DIRECTORY_TROUBLES[DirectoryTrouble(health.trouble)])
    elif health.trouble in _TROUBLES:
        said = trouble_title(why(Trouble(health.trouble)))
    else:
        said = health.trouble
    return f"{said}: {plain_words(health.detail)}" if health.detail else said


_STEPS: Final = frozenset(TraceStep)
_TROUBLES: Final = frozenset(Trouble)
_DIRECTORY_TROUBLES: Final = frozenset(DirectoryTrouble)
