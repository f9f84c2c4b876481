"""Filters of the templates: values into words and times; nothing is decided here."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from flask import Flask

from portal.ports.clock import Clock
from portal.web.words import actors, audit, audit_particulars, dates, findings, names, plan, policies, steps, troubles

#: Functions that put a value into words, by the name of the filter.
WORDS: Final[dict[str, Callable[..., object]]] = {
    "finding_sentence": findings.finding_sentence,
    "finding_kind": findings.finding_kind,
    "reason_name": findings.reason_name,
    "reason_kind": findings.reason_kind,
    "item_sentence": plan.item_sentence,
    "item_why": plan.item_why,
    "problem_sentence": plan.problem_sentence,
    "step_sentence": steps.step_sentence,
    "step_state": steps.step_state,
    "update_state": steps.update_state,
    "device_state_name": steps.device_state,
    "certificate_status_name": steps.certificate_status,
    "waiting_for": steps.waiting_for,
    "explain": troubles.explain,
    "role_name": names.role_name,
    "purpose_name": names.purpose_name,
    "kind_name": names.kind_name,
    "register_name": names.register_name,
    "attribute_name": names.attribute_name,
    "actor_name": actors.actor_name,
    "audit_sentence": audit.audit_sentence,
    "audit_subject": audit.audit_subject,
    "audit_particulars": audit_particulars.audit_particulars,
}


def init_filters(app: Flask, *, clock: Clock) -> None:
    """Make the words available to every template."""
    app.jinja_env.filters.update(
        **WORDS,
        **policies.FILTERS,
        moment=lambda at: dates.moment(at, clock.now()),
        day=dates.moment_of_day,
        days_left=lambda until: dates.days_left(until, clock.now()),
        duration=dates.duration,
    )


def life_left(not_before: datetime, not_after: datetime, now: datetime) -> int:
    """Per cent of a certificate's life that remain."""
    whole = not_after - not_before
    if whole <= timedelta(0):
        return 0
    return max(0, min(100, round(100 * ((not_after - now) / whole))))
