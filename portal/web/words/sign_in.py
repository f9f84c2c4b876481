"""Ways to sign in in words: what was proved with, and why nobody was let in and what to do."""

from typing import Final, NamedTuple

from flask_babel import LazyString

from portal.domain.audit import AuditTag
from portal.domain.connector_kinds import ConnectorKind
from portal.domain.sign_in import SignInTrouble as T
from portal.domain.sign_in import SignInWay
from portal.web.translate import gettext as _
from portal.web.translate import lazy_gettext as _l

ACCOUNT_EVENTS: Final = {
    AuditTag.ACCOUNT_CHANGED: _l("Changed an account"),
    AuditTag.ACCOUNT_CREATED: _l("Made an account"),
    AuditTag.ACCOUNT_LINKED: _l("Tied an account to somebody at a provider of sign-in"),
    AuditTag.ACCOUNT_UNLINKED: _l("Untied an account from a provider of sign-in"),
    AuditTag.ACCOUNT_PASSWORD_CHANGED: _l("Changed the own password"),
    AuditTag.ACCOUNT_PASSWORD_RESET: _l("Gave a one-time password"),
    AuditTag.ACCOUNT_SESSIONS_ENDED: _l("Ended sessions"),
    AuditTag.ACCOUNT_SIGNED_IN: _l("Signed in"),
    AuditTag.ACCOUNT_SIGN_IN_FAILED: _l("Could not sign in"),
    AuditTag.ACCOUNT_SIGNED_OUT: _l("Signed out"),
}

WAYS: Final = {
    SignInWay.PASSWORD: _l("a password"),
    SignInWay.DIRECTORY: _l("a password of the directory"),
    SignInWay.PROVIDER: _l("a provider of sign-in"),
    SignInWay.CERTIFICATE: _l("a certificate"),
}


def way_name(kind: ConnectorKind, label: str) -> str:
    """What people call a way to sign in."""
    return _("the token") if kind is ConnectorKind.SIGN_IN_CERTIFICATE else label


def way_button(kind: ConnectorKind, label: str) -> str:
    """What its button says."""
    if kind is ConnectorKind.SIGN_IN_CERTIFICATE:
        return _("Sign in with the token")
    return _("Sign in through %(way)s", way=label)


def came_with(way: SignInWay, through: str) -> str:
    """How a session was opened."""
    said = _("signed in with %(way)s", way=str(WAYS[way]))
    return f"{said} ({through})" if through else said


def password_elsewhere(way: SignInWay, through: str) -> str:
    """Where the password is that somebody has who came in so; nothing when it is here."""
    if way is SignInWay.PASSWORD:
        return ""
    if way is SignInWay.CERTIFICATE:
        return _("You came in with a certificate. To change the password of the portal, sign in with it.")
    return _("You came in through “%(name)s”: the password is kept and changed there.", name=through)


class TroubleWords(NamedTuple):
    """What happened, why, and what to do; ``way`` stands for the name on the button."""

    title: LazyString
    text: LazyString


TROUBLES: Final = {
    T.DECLINED: TroubleWords(
        _l("The sign-in was cancelled"),
        _l("“%(way)s” did not confirm who you are: somebody declined there. Try again, or sign in with a password."),
    ),
    T.AWAY: TroubleWords(
        _l("“%(way)s” does not answer"),
        _l("The portal cannot ask who you are. Try again in a minute, or sign in with a password of the portal."),
    ),
    T.MISTRUSTED: TroubleWords(
        _l("The answer of “%(way)s” cannot be trusted"),
        _l(
            "It is not what the portal asked for, so nobody was signed in. Begin again; if it happens again, tell "
            "an administrator the time: the audit log says what was wrong."
        ),
    ),
    T.CLOCK: TroubleWords(
        _l("The clocks of the portal and of “%(way)s” differ"),
        _l(
            "An answer from the past or the future is not believed. Tell an administrator: the time of the two "
            "servers has to be set."
        ),
    ),
    T.MISSET: TroubleWords(
        _l("“%(way)s” and the portal do not fit together"),
        _l("One of the two is set up wrongly. Tell an administrator: the audit log says what was answered."),
    ),
    T.LOST: TroubleWords(
        _l("This sign-in cannot be finished"),
        _l("It began more than ten minutes ago, in another browser, or was finished before. Begin again."),
    ),
    T.STRANGER: TroubleWords(
        _l("The portal does not know you"),
        _l("“%(way)s” confirmed who you are, but nobody here goes by that name. Ask an administrator to add you."),
    ),
    T.TAKEN: TroubleWords(
        _l("Your account belongs to somebody else at “%(way)s”"),
        _l(
            "Your name is the same, but the number over there is another. An administrator can untie the account on "
            "its page, after making sure that it is you."
        ),
    ),
    T.CLOSED: TroubleWords(
        _l("Your account is closed"),
        _l("You are known, but may not sign in. Ask an administrator if that is a mistake."),
    ),
    T.NOT_ALLOWED: TroubleWords(
        _l("Your account does not sign in this way"),
        _l("Accounts with your role do not come in through “%(way)s”. Sign in with a password."),
    ),
    T.THROTTLED: TroubleWords(
        _l("Too many attempts"),
        _l("So many attempts in a short time look like guessing. Wait a little and try again."),
    ),
    T.NO_CERTIFICATE: TroubleWords(
        _l("No certificate was chosen"),
        _l(
            "Plug in the token and try again. If the browser does not ask for a certificate, close all of its windows "
            "first: it remembers that none was chosen."
        ),
    ),
    T.UNKNOWN_CERTIFICATE: TroubleWords(
        _l("The portal does not know this certificate"),
        _l(
            "It opens the door only to certificates it wrote to a token itself. Close the browser and choose the one "
            "of your token."
        ),
    ),
    T.EXPIRED_CERTIFICATE: TroubleWords(
        _l("The certificate has expired"),
        _l("Sign in with a password and update the token, then it works again."),
    ),
    T.EARLY_CERTIFICATE: TroubleWords(
        _l("The certificate is not valid yet"),
        _l(
            "Sign in with a password until then. If it should be valid already, tell an administrator: the clocks may "
            "differ."
        ),
    ),
    T.REVOKED_CERTIFICATE: TroubleWords(
        _l("The certificate is revoked"),
        _l("Nobody signs in with it any more. Sign in with a password and update the token."),
    ),
    T.HELD_CERTIFICATE: TroubleWords(
        _l("The certificate is suspended"),
        _l("The token was disabled. An administrator can enable it again."),
    ),
    T.OTHER_CERTIFICATE: TroubleWords(
        _l("The certificate is not made for signing in"),
        _l("The token may hold another one that is. Close the browser and choose that one."),
    ),
    T.DISABLED_DEVICE: TroubleWords(
        _l("The token is not in use"),
        _l("It was disabled, revoked or taken back. Sign in with a password, or ask an administrator."),
    ),
}
