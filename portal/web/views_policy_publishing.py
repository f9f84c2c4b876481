"""When somebody else was first: where to look at what he published, and how to go on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import url_for


@dataclass(frozen=True, slots=True)
class Overtaken:
    """Ways on; an empty address is a way that does not exist."""

    difference_href: str
    policy_href: str
    draft_href: str


def overtaken(data: Mapping[str, str]) -> Overtaken:
    """The ways on from a conflict's data."""
    policy, version, draft = (data.get(name, "") for name in ("policy", "version", "draft"))
    known = policy.isdecimal() and version.isdecimal()
    before = data.get("based_on") or (str(int(version) - 1) if known else "")
    pair: dict[str, Any] = {"before": before, "after": version}
    return Overtaken(
        difference_href=url_for("admin.policy_versions", policy_id=policy, **pair) if known else "",
        policy_href=url_for("admin.show_policy", policy_id=policy) if known else url_for("admin.policies"),
        draft_href=url_for("admin.show_draft", draft_id=draft) if "based_on" in data and draft else "",
    )
