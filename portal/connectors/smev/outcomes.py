"""How refusals of the exchange are told to those who asked, with the rule that says what to do."""

from portal.connectors.smev.faults import Fault
from portal.domain.errors import OutsideUnavailable
from portal.domain.outcomes import Refused
from portal.domain.troubles import Trouble, why
from portal.ports.exchange import Rule

_FOR_GOOD = frozenset({Rule.REFUSE, Rule.NEW_ID, Rule.ALREADY_SENT, Rule.ALREADY_CONFIRMED})
_TROUBLES = {
    Rule.RESEND_SAME: Trouble.SMEV_UNAVAILABLE,
    Rule.CONFIGURATION: Trouble.SMEV_MISCONFIGURED,
}


def refused(rule: Rule, detail: str) -> Refused:
    """Not taken; for good means that this message id will never be."""
    trouble = _TROUBLES.get(rule, Trouble.SMEV_REFUSED)
    return Refused(why(trouble, detail, rule=rule.value), permanent=rule in _FOR_GOOD)


def refused_by(fault: Fault) -> Refused:
    """The other side said no."""
    return refused(fault.rule, fault.label)


def unanswered(error: OutsideUnavailable) -> Refused:
    """Nobody said anything that could be read: it may have been taken all the same."""
    rule = Rule(error.data.get("rule") or (Rule.CONFIGURATION if error.permanent else Rule.RESEND_SAME))
    return refused(rule, error.data.get("why", ""))


def raised(fault: Fault) -> OutsideUnavailable:
    """The same for questions that answer with a value."""
    permanent = fault.rule is Rule.CONFIGURATION
    return OutsideUnavailable("smev_unavailable", permanent=permanent, why=fault.label, rule=fault.rule.value)
