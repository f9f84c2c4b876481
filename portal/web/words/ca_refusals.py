"""Why a certification authority refused, by the code it gave: the reason, and what to do next."""

from typing import Final, NamedTuple

from flask_babel import LazyString

from portal.web.translate import lazy_gettext as _l


class Refusal(NamedTuple):
    """The two sentences of a refusal; ``aside`` when what it is about is not in them yet worth showing.

    ``title`` is for what is only waited for.
    """

    reason: LazyString
    next_step: LazyString
    aside: bool = False
    title: LazyString | None = None


_ORDER_AGAIN: Final = _l("Start a new update. If it is refused again, tell the administrator of the authority.")
_BY_ITSELF: Final = _l("An administrator has to correct the connector; then the portal goes on by itself.")
_REVOKE_THERE: Final = _l("Ask the administrator of the authority to revoke the old certificate there.")
_BY_THEIR_LIST: Final = _l("The portal sees it in their list of revoked certificates, and goes on by itself.")
_THERE: Final = _l("The people of the certification authority have something to do")

REFUSALS: Final = {
    "unknown_template": Refusal(
        _l("It has no certificate template “%(about)s”."),
        _l("Ask an administrator to correct the template in the policy, then start a new update."),
    ),
    "alternative_missing": Refusal(
        _l("Its template asks for names the request does not have: %(about)s."),
        _l("Fill in the user's data or correct the template, then start a new update."),
    ),
    "bad_name": Refusal(
        _l("A name in the request is empty, or of a form it does not accept."),
        _l("Correct the user's data or the template, then start a new update."),
        aside=True,
    ),
    "bad_request": Refusal(_l("It cannot read the request."), _ORDER_AGAIN, aside=True),
    "bad_key": Refusal(
        _l("It does not certify keys of this kind or length."),
        _l("Ask an administrator to choose another key algorithm in the template, then start a new update."),
    ),
    "no_proof_of_possession": Refusal(
        _l("The signature of the request does not prove that the key is on the token."), _ORDER_AGAIN
    ),
    "order_differs": Refusal(
        _l("It already has another request under the number of this order."),
        _l("Ask the administrator of the authority which certificates it issued for this device."),
        aside=True,
    ),
    "authority_expired": Refusal(
        _l("The certificate of the authority “%(about)s” itself has expired."),
        _l("Ask the administrator of the authority to renew it, then start a new update."),
    ),
    "unknown_ticket": Refusal(_l("It knows nothing of the request it was asked about."), _ORDER_AGAIN),
    "declined": Refusal(
        _l("Its approver refused the request: %(about)s"),
        _l("Talk to the approver. When the reason is gone, start a new update."),
    ),
    "taken_back": Refusal(_l("The request was withdrawn before anybody decided."), _ORDER_AGAIN),
    "unknown_serial": Refusal(_l("It never issued a certificate with the number %(about)s."), _REVOKE_THERE),
    "no_hold": Refusal(
        _l("It cannot put certificates on hold."),
        _l("Revoke the device when its certificates must not be used any more."),
    ),
    "revoked_for_good": Refusal(
        _l("It has revoked the certificate %(about)s for good: a hold can be taken back, a revocation cannot."),
        _l("Start an update: it brings a new certificate."),
    ),
    "not_let_in": Refusal(_l("It does not let the portal in: the answer was “%(about)s”."), _BY_ITSELF),
    "not_trusted": Refusal(
        _l("Its server shows a certificate that the connector does not trust: %(about)s."), _BY_ITSELF
    ),
    "said_no": Refusal(_l("It answered that it will not do this."), _ORDER_AGAIN, aside=True),
    "failed_there": Refusal(_l("It took the order and then failed to carry it out."), _ORDER_AGAIN, aside=True),
    "lost_order": Refusal(
        _l("The answer to an order was lost, and this authority cannot be asked what became of it."),
        _l("Ask its administrator whether it issued a certificate, and have that revoked before a new update."),
    ),
    "looked_for": Refusal(
        _l("The portal was interrupted while it ordered: the order may rest in the queue of the authority."),
        _l("Do nothing: it is looked for by its key, and ordered again only when it cannot come any more."),
        title=_l("It is being found out whether the certificate was ordered"),
    ),
    "revoke_there": Refusal(
        _l("Its people revoke certificates themselves: %(about)s is one of them."), _BY_THEIR_LIST, title=_THERE
    ),
    "hold_there": Refusal(
        _l("Its people put certificates on hold, and take that back, themselves: %(about)s is one of them."),
        _BY_THEIR_LIST,
        title=_THERE,
    ),
    "by_hand": Refusal(
        _l("It cannot be told of a revocation, and no list of revoked certificates is set up for it."), _REVOKE_THERE
    ),
    "unknown_reason": Refusal(_l("It does not accept the reason for revocation “%(about)s”."), _REVOKE_THERE),
}

#: Refusals of a revocation: the token was changed before, as planned.
OF_REVOCATION: Final = frozenset({"unknown_serial", "unknown_reason", "by_hand", "revoke_there"})
