"""The closed list of what a register that keeps to the contract may refuse with (RFC 9457)."""

import json
from typing import Final

from portal.stands.registers.saying import PROBLEM, Answer, Said

#: Code → (status, whether asking again later may help).
PROBLEMS: Final = {
    "bad_request": (400, False),
    "not_let_in": (401, False),
    "bad_signature": (401, False),
    "clock_skew": (401, True),
    "nonce_used": (401, True),
    "forbidden": (403, False),
    "unknown_path": (404, False),
    "unknown_device": (404, False),
    "unknown_operation": (404, False),
    "method_not_allowed": (405, False),
    "version_mismatch": (412, True),
    "too_large": (413, False),
    "unsupported_media_type": (415, False),
    "invalid_document": (422, False),
    "idempotency_conflict": (422, False),
    "profile_unsupported": (422, False),
    "unknown_person": (422, False),
    "device_taken": (422, False),
    "limit_reached": (422, False),
    "precondition_required": (428, True),
    "busy": (503, True),
    "internal": (500, True),
}


def problem(code: str, detail: str = "", *, about: str = "") -> Said:
    """The refusal, to be raised."""
    status, retryable = PROBLEMS[code]
    told = {
        "type": f"urn:klyuchnik:device-register:{code}",
        "title": code.replace("_", " ").capitalize(),
        "status": status,
        "code": code,
        "retryable": retryable,
        "detail": detail,
    }
    return Said(Answer(status, json.dumps(told, ensure_ascii=False).encode(), PROBLEM, about=about, what=code))
