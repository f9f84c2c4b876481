"""Details of a line of the audit log in words: the names of values, and the values that programs wrote."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from portal.domain.connector_kinds import ConnectorKind
from portal.domain.directory_sync import SyncFault, SyncState
from portal.domain.identity_check import IdentityService, Verdict
from portal.domain.policy import Register
from portal.domain.policy_sections import PolicySection
from portal.domain.sign_in import SignInTrouble, SignInWay
from portal.domain.troubles import Trouble, why
from portal.domain.update_steps import Step
from portal.ports.connectors import TraceStep
from portal.services.exchange_trial import TrialStep
from portal.web.translate import gettext as _
from portal.web.translate import lazy_gettext as _l
from portal.web.words.agent_refusals import REFUSALS
from portal.web.words.connectors import kind_name as connector_kind
from portal.web.words.connectors import step_name as tried_name
from portal.web.words.dates import dated
from portal.web.words.device_life import order_name, reason_text
from portal.web.words.directory_syncs import STATES, fault_words
from portal.web.words.exchange import step_name as exchange_step
from portal.web.words.identity import VERDICTS, service_name
from portal.web.words.names import ATTRIBUTES, permission_name, register_name, role_name
from portal.web.words.policy_settings import section_name
from portal.web.words.sign_in import TROUBLES, WAYS
from portal.web.words.steps import step_sentence
from portal.web.words.troubles import trouble_title

_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(\+00:00|Z)")


def audit_particulars(
    particulars: Mapping[str, str | int], names: Mapping[str, str] | None = None, step: Step | None = None
) -> str:
    """The details of a line, each under its name; ``names`` are those of things, ``step`` the one it tells of."""
    told = (
        f"{PARTICULARS.get(name, name)}: {_value(name, value, names or {}, step)}"
        for name, value in particulars.items()
        if value != ""
    )
    return ", ".join(told)


def _value(name: str, value: str | int, names: Mapping[str, str], step: Step | None) -> str:
    """A value that this version does not know, or that people wrote, is shown as it is."""
    text = names.get(f"{name}:{value}", str(value))
    if name == "step" and step is not None:
        return f"{value}. {step_sentence(step)}"
    if text in {"yes", "no"} and name in _SWITCHES:
        return _("yes") if text == "yes" else _("no")
    if _TIME.fullmatch(text):
        return dated(datetime.fromisoformat(text))
    try:
        return _WORDS[name](text) if name in _WORDS else text
    except (ValueError, KeyError):
        return text


def _happened(value: str) -> str:
    return _("no, not “%(step)s”", step=tried_name(TraceStep(value)))


def _scope(value: str) -> str:
    found = _SIGHT.fullmatch(value)
    return (
        _("units: %(units)s, policies: %(policies)s", units=found[1], policies=found[2]) if found else _("everything")
    )


def _permissions(names: str) -> str:
    return "; ".join(map(permission_name, names.split(", ")))


def _code_refusal(value: str) -> str:
    return REFUSALS[value]({})[1] if value in REFUSALS else value


def _column(name: str) -> str:
    return str(ATTRIBUTES.get(name) or PARTICULARS.get(name, name))


_SIGHT: Final = re.compile(r"units (\d+), policies (\d+)")
_HANDS: Final = {"pin": _l("the PIN entered again")}
_TRANSPORTS: Final = {
    "adapter": _l("standard adapter, which signs for us"),
    "direct": _l("directly, signed by our own signing process"),
}
_SWITCHES: Final = frozenset({"active", "gave_up", "happened", "leave_behind", "manual"})
_WORDS: Final[Mapping[str, Callable[[str], str]]] = {
    "fault": lambda value: fault_words(SyncFault(value).value, "")[0],
    "by": lambda value: str(_HANDS.get(value, value)),
    "columns": lambda value: ", ".join(map(_column, value.split(", "))),
    "granted": _permissions,
    "order": order_name,
    "permission": permission_name,
    "reason": lambda value: reason_text(value) or _code_refusal(value),
    "role": lambda value: " → ".join(role_name(role, role) for role in value.split(" → ")),
    "target": register_name,
    "happened": _happened,
    "scope": _scope,
    "step": lambda value: exchange_step(TrialStep(value)),
    "kind": lambda value: connector_kind(ConnectorKind(value)),
    "state": lambda value: str(STATES[SyncState(value)][1]),
    "taken": _permissions,
    "register": lambda value: register_name(Register(value)),
    "section": lambda value: section_name(PolicySection(value)),
    "service": lambda value: service_name(IdentityService(value)),
    "transport": lambda value: str(_TRANSPORTS[value]),
    "trouble": lambda value: trouble_title(why(Trouble(value))),
    "verdict": lambda value: str(VERDICTS[Verdict(value)]),
    "way": lambda value: str(WAYS[SignInWay(value)]),
    "why": lambda value: str(TROUBLES[SignInTrouble(value)].title),
}

PARTICULARS: Final = {
    "way": _l("with"),
    "through": _l("through"),
    "why": _l("cause"),
    "detail": _l("details"),
    "machine": _l("workstation"),
    "until": _l("good until"),
    "line": _l("line"),
    "fault": _l("what happened"),
    **ATTRIBUTES,
    "active": _l("active"),
    "added": _l("added"),
    "changed": _l("changed"),
    "disabled": _l("disabled there"),
    "gone": _l("gone from there"),
    "leaving": _l("would leave"),
    "moved": _l("moved"),
    "refused": _l("not taken over"),
    "state": _l("status"),
    "columns": _l("columns"),
    "file": _l("file"),
    "fields": _l("fields"),
    "filter": _l("filter"),
    "group": _l("group"),
    "groups": _l("groups"),
    "left_out": _l("left out"),
    "manager": _l("manager"),
    "unit": _l("unit"),
    "units": _l("units"),
    "holder": _l("holder"),
    "order": _l("order"),
    "reason": _l("reason"),
    "target": _l("system"),
    "address": _l("address"),
    "by": _l("by"),
    "certificate": _l("certificate"),
    "comment": _l("comment"),
    "device": _l("device"),
    "gave_up": _l("ended by a person"),
    "happened": _l("happened"),
    "item": _l("line of the plan"),
    "kind": _l("kind"),
    "leave_behind": _l("leave behind what cannot be reached"),
    "manual": _l("asks for approval"),
    "name": _l("name"),
    "people": _l("people"),
    "permission": _l("permission"),
    "person": _l("person"),
    "service": _l("register"),
    "part": _l("part"),
    "verdict": _l("result"),
    "update": _l("update"),
    "policy": _l("policy"),
    "section": _l("section"),
    "seq": _l("step"),
    "serial": _l("serial number"),
    "status": _l("status"),
    "step": _l("step"),
    "trouble": _l("cause"),
    "version": _l("version"),
    "waiting_for": _l("waits for"),
    "whom": _l("waits for"),
    "number": _l("number"),
    "numbers": _l("numbers"),
    "devices": _l("devices"),
    "template": _l("template"),
    "granted": _l("granted"),
    "taken": _l("taken away"),
    "scope": _l("may see"),
    "transport": _l("transport"),
    "role": _l("role"),
    "login": _l("login"),
}
