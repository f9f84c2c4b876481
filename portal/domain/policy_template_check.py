"""What is wrong with one certificate template of a draft, by field of its form."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from portal.domain.certificate import Purpose
from portal.domain.policy import CertificateTemplate
from portal.domain.policy_offers import OfferedTemplate, PolicyOffers
from portal.domain.recipe import Pairs
from portal.domain.texts import text_fault

NAME_LONGEST: Final = 100
PATTERN_LONGEST: Final = 200
WINDOW_LONGEST: Final = timedelta(days=3650)
SUBJECT_FIELDS: Final = (
    *("CN", "SN", "GN", "T", "OU", "O", "L", "ST", "STREET", "C", "emailAddress"),
    *("SERIALNUMBER", "UID", "INN", "OGRN", "SNILS", "DC"),
)
ALTERNATIVE_FIELDS: Final = ("email", "upn", "dns")
#: Parts of a name that may stand in it more than once.
_SEVERAL: Final = frozenset({"OU", "DC", "email", "upn", "dns"})
_NAMED: Final = re.compile(r"\{(\w+)\}")

Faults = dict[str, str]


def template_faults(template: CertificateTemplate, offers: PolicyOffers) -> Faults:
    """A message code for each field that cannot stay as it is; rows are named subject-0, alternative-1."""
    unnamed = text_fault(template.name, NAME_LONGEST)
    faults = {"name": unnamed} if unnamed else {}
    faults |= _authority(template, offers)
    if not timedelta(days=1) <= template.renewal_window <= WINDOW_LONGEST:
        faults.setdefault("renewal_days", "window_range")
    faults |= _rows("subject", template.recipe.subject, SUBJECT_FIELDS, offers)
    faults |= _rows("alternative", template.recipe.alternative, ALTERNATIVE_FIELDS, offers)
    if not template.recipe.subject:
        faults["subject"] = "subject_empty"
    if set(template.tracked_attributes) - set(offers.attributes):
        faults["tracked"] = "unknown_attribute"
    return faults


def named_attributes(pattern: str) -> tuple[str, ...]:
    """The attributes a pattern names."""
    return tuple(_NAMED.findall(pattern))


def _authority(template: CertificateTemplate, offers: PolicyOffers) -> Faults:
    key = template.key
    if key.ca in offers.silent:
        return {}
    if not key.ca_template:
        return {"ca_template": "required"}
    offered = offers.template(key.ca, key.ca_template)
    if offered is None:
        return {"ca_template": "ca_template_unknown"}
    return dict(_against(template, offered))


def _against(template: CertificateTemplate, offered: OfferedTemplate) -> Iterator[tuple[str, str]]:
    if template.key.purpose is not offered.purpose:
        yield "purpose", "purpose_differs"
    if template.renewal_window >= offered.validity:
        yield "renewal_days", "window_too_long"
    if offered.needs - {field for field, _pattern in template.recipe.alternative}:
        yield "alternative", "alternative_needed"
    if template.escrow and not offered.escrow:
        yield "escrow", "escrow_not_offered"
    if template.escrow and template.key.purpose is not Purpose.ENCRYPT:
        yield "escrow", "escrow_purpose"


def _rows(group: str, pairs: Pairs, fields: tuple[str, ...], offers: PolicyOffers) -> Faults:
    repeated = {field for field, times in Counter(field for field, _pattern in pairs).items() if times > 1}
    faults: Faults = {}
    for index, (field, pattern) in enumerate(pairs):
        code = _pattern_fault(pattern, offers)
        if field not in fields:
            code = "name_part_unknown"
        elif not code and field in repeated - _SEVERAL:
            code = "name_part_repeated"
        if code:
            faults[f"{group}-{index}"] = code
    return faults


def _pattern_fault(pattern: str, offers: PolicyOffers) -> str:
    fault = text_fault(pattern, PATTERN_LONGEST)
    if fault:
        return fault
    if set(named_attributes(pattern)) - set(offers.attributes):
        return "unknown_attribute"
    return "bad_pattern" if set(_NAMED.sub("", pattern)) & set("{}") else ""
