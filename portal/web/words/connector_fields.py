"""What the fields of connectors are called, with a line of help each; choices by their value."""

from collections.abc import Mapping
from typing import Final

from portal.domain.connector_kinds import ConnectorKind
from portal.web.translate import lazy_gettext as _l
from portal.web.words.connector_field import FieldWords
from portal.web.words.connector_ldap_fields import LDAP
from portal.web.words.connector_register_fields import CONTRACT, INDEED, SECRET_NET
from portal.web.words.connector_sign_in_fields import CERTIFICATE, OIDC

TRUSTED_CA: Final = FieldWords(
    _l("Certificates of the authority"),
    _l("In PEM, up to the root: what is issued must lead to one of them, or it is refused."),
)
SERVER_TRUSTED: Final = FieldWords(
    _l("Certificates that vouch for the server"), _l("In PEM; without them the authorities this machine trusts.")
)
POLL_MINUTES: Final = FieldWords(
    _l("Look every … minutes"), _l("How often an order that waits for a decision over there is asked about.")
)

DJANGO: Final = {
    "address": FieldWords(_l("Address"), _l("Of its interface, up to the part before “/ca/”.")),
    "ca_serial": FieldWords(_l("Serial number of the authority"), _l("As django-ca shows it, with or without colons.")),
    "user": FieldWords(_l("Account"), _l("One that may order and revoke certificates over there.")),
    "password": FieldWords(_l("Password"), _l("Of that account; kept sealed.")),
    "trusted": TRUSTED_CA,
    "server_trusted": SERVER_TRUSTED,
    "poll_minutes": POLL_MINUTES,
    "settle_seconds": FieldWords(
        _l("Seconds until an order is seen"),
        _l("So long after a lost answer an order may not be found yet, though it was taken."),
    ),
    "queue_minutes": FieldWords(
        _l("Minutes an order may rest there"),
        _l("So long its queue may take at most: an order nobody knows of any more is not given again before."),
    ),
}

HOLDS: Final = _l("It puts certificates on hold")
PROFILES: Final = FieldWords(
    _l("Profiles"),
    _l("What may be ordered, a line each: name; purpose (sign, authenticate or encrypt); days of validity."),
)

EST: Final = {
    "address": FieldWords(_l("Address"), _l("Of the server, up to the part before “/.well-known/”.")),
    "profiles": FieldWords(
        _l("Profiles"),
        _l("Labels of the server, a line each: name; purpose (sign, authenticate, encrypt); days. “default” has none."),
    ),
    "user": FieldWords(
        _l("Account"), _l("One that may order certificates over there, if it signs in with a password.")
    ),
    "password": FieldWords(_l("Password"), _l("Of that account; kept sealed.")),
    "certificate": FieldWords(
        _l("Certificate to sign in with"),
        _l("In PEM, with its chain, if the server asks for one instead of a password."),
    ),
    "key": FieldWords(_l("Private key of that certificate"), _l("In PEM, without a passphrase; kept sealed.")),
    "trusted": TRUSTED_CA,
    "server_trusted": SERVER_TRUSTED,
    "revocations": FieldWords(
        _l("List of revoked certificates"),
        _l("Its address. EST cannot revoke: people do so over there, and the portal sees it in this list."),
    ),
    "poll_minutes": POLL_MINUTES,
}

CMP: Final = {
    "address": FieldWords(
        _l("Address"),
        _l("With its path, for instance https://ca.example/.well-known/cmp/p; profiles go behind."),
    ),
    "profiles": FieldWords(
        _l("Profiles"),
        _l("What may be ordered, a line each: name; purpose (sign, authenticate, encrypt); days. “default” has none."),
    ),
    "profile_in": FieldWords(
        _l("Where the profile is named"),
        _l("Servers look for it in the address (also called alias or label), or in the message (certProfile)."),
        {
            "address": _l("at the end of the address"),
            "message": _l("in the message"),
            "nowhere": _l("nowhere: the server has one for us"),
        },
    ),
    "reference": FieldWords(_l("Reference"), _l("The name the server knows the shared secret by.")),
    "secret": FieldWords(_l("Shared secret"), _l("It proves what the portal says, and what is answered; kept sealed.")),
    "certificate": FieldWords(
        _l("Certificate to sign messages with"),
        _l("In PEM, with its chain: of a registration authority over there, if there is no shared secret."),
    ),
    "key": FieldWords(_l("Private key of that certificate"), _l("In PEM, without a passphrase; kept sealed.")),
    "trusted": FieldWords(
        _l("Certificates of the authority"),
        _l("In PEM, first of all that of the authority which issues, then up to the root."),
    ),
    "signers": FieldWords(
        _l("Who else may sign its answers"),
        _l("Certificates in PEM. Not needed for the authority itself, nor for those it names for CMP."),
    ),
    "server_trusted": SERVER_TRUSTED,
    "revocations": FieldWords(
        _l("List of revoked certificates"), _l("Its address. There the portal sees what was revoked over there.")
    ),
    "implicit": FieldWords(
        _l("Take certificates without a confirmation"), _l("Saves a message, where the server agrees to it.")
    ),
    "remembers": FieldWords(
        _l("The server remembers transactions"),
        _l("Then a lost order that it does not know is ordered again. If in doubt leave it off: a person settles it."),
    ),
    "holds": FieldWords(
        HOLDS,
        _l("And takes that back (reasons 6 and 8). Leave it off for a server that cannot: a hold would stay."),
    ),
    "answer_seconds": FieldWords(_l("Wait … seconds"), _l("How long one answer may take.")),
    "poll_minutes": POLL_MINUTES,
}

FILES: Final = {
    "folder_out": FieldWords(_l("Folder of requests"), _l("On this server; the portal puts files here.")),
    "folder_in": FieldWords(_l("Folder of answers"), _l("On this server; the portal takes certificates from here.")),
    "poll_minutes": FieldWords(_l("Look every … minutes"), _l("How often the folder of answers is looked into.")),
    "profiles": PROFILES,
    "trusted": TRUSTED_CA,
    "holds": FieldWords(
        HOLDS, _l("And takes that back, as its people are asked to by files. Leave it off where they do not.")
    ),
}

#: By kind and field.
FIELDS: Final[Mapping[ConnectorKind, Mapping[str, FieldWords]]] = {
    ConnectorKind.CA_CMP: CMP,
    ConnectorKind.CA_DJANGO: DJANGO,
    ConnectorKind.CA_EST: EST,
    ConnectorKind.CA_FILES: FILES,
    ConnectorKind.DIRECTORY_LDAP: LDAP,
    ConnectorKind.REGISTER_CONTRACT: CONTRACT,
    ConnectorKind.REGISTER_INDEED: INDEED,
    ConnectorKind.REGISTER_SECRET_NET: SECRET_NET,
    ConnectorKind.SIGN_IN_CERTIFICATE: CERTIFICATE,
    ConnectorKind.SIGN_IN_OIDC: OIDC,
}


def field_words(kind: ConnectorKind, name: str) -> FieldWords:
    """The words of a field."""
    return FIELDS[kind][name]
