"""What the fields of ways to sign in are called."""

from typing import Final

from portal.domain.connectors.oidc import Match
from portal.web.translate import lazy_gettext as _l
from portal.web.words.connector_field import FieldWords

_EMPLOYEES: Final = FieldWords(_l("Employees sign in so"), _l("To self-service, and nowhere else."))
_ADMINISTRATORS: Final = FieldWords(
    _l("Everybody else signs in so, too"), _l("Administrators, operators, auditors and roles made here.")
)
_MATCHES: Final = {
    Match.LOGIN.value: _l("the login"),
    Match.EMAIL.value: _l("the e-mail address"),
    Match.UPN.value: _l("the UPN"),
}

_SERVER_TRUSTED: Final = FieldWords(
    _l("Certificates that vouch for the server"), _l("In PEM; without them the authorities this machine trusts.")
)

CERTIFICATE: Final = {
    "address": FieldWords(
        _l("Address where a certificate is asked for"),
        _l("The name people know the portal by, with another port: https://keys.example.org:9443."),
    ),
    "employees": _EMPLOYEES,
    "administrators": _ADMINISTRATORS,
    "trusted": _SERVER_TRUSTED,
}

OIDC: Final = {
    "label": FieldWords(_l("What people call it"), _l("The button says “Sign in through …”.")),
    "issuer": FieldWords(
        _l("Address of the provider"),
        _l(
            "As it calls itself (issuer). Over there the portal is let back to its own address with "
            "“/sign-in/with/NAME/answer”, NAME being that of this connector."
        ),
    ),
    "client_id": FieldWords(_l("Client ID"), _l("What the portal is called over there.")),
    "client_secret": FieldWords(_l("Client secret"), _l("If the client over there has one; kept sealed.")),
    "scopes": FieldWords(_l("Scopes"), _l("What is asked for, with “openid”; separated by spaces.")),
    "claim": FieldWords(_l("Claim that says who it is"), _l("When somebody comes for the first time.")),
    "match": FieldWords(
        _l("It is compared with"),
        _l("Whom it fits is remembered by the unchanging number over there (sub)."),
        _MATCHES,
    ),
    "employees": _EMPLOYEES,
    "administrators": _ADMINISTRATORS,
    "groups_claim": FieldWords(_l("Claim with groups"), _l("Only if groups give roles here.")),
    "roles": FieldWords(_l("Roles by group"), _l("A line each: name of the group = key of the role.")),
    "trusted": _SERVER_TRUSTED,
    "timeout": FieldWords(_l("Wait … seconds"), _l("At most so long for each answer.")),
}
