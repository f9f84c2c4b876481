"""Why something outside did not happen: one closed list, worded for people at the edge."""

from dataclasses import dataclass, field
from enum import StrEnum, unique


@unique
class Trouble(StrEnum):
    """Every cause a step of an update may wait, stop or be refused for."""

    # the token
    TOKEN_ABSENT = "token_absent"
    TOKEN_REMOVED = "token_removed"
    WRONG_TOKEN = "wrong_token"
    TOKEN_READ_ONLY = "token_read_only"
    TOKEN_FULL = "token_full"
    TOKEN_ERROR = "token_error"
    TOKEN_HANGS = "token_hangs"
    TOKEN_UNSUITABLE = "token_unsuitable"
    MODULE_MISSING = "module_missing"
    OBJECT_MISSING = "object_missing"
    PROOF_FAILED = "proof_failed"
    CONTENTS_CHANGED = "contents_changed"
    CONTENTS_DIFFER = "contents_differ"
    # the PIN
    PIN_NEEDED = "pin_needed"
    PIN_INCORRECT = "pin_incorrect"
    PIN_REPEATED = "pin_repeated"
    PIN_LAST_TRY = "pin_last_try"
    PIN_LOCKED = "pin_locked"
    PIN_MALFORMED = "pin_malformed"
    NEW_PIN_LOST = "new_pin_lost"
    SO_PIN_MISSING = "so_pin_missing"
    SO_PIN_REFUSED = "so_pin_refused"
    # the certification authority
    CA_UNAVAILABLE = "ca_unavailable"
    CA_REFUSED = "ca_refused"
    CA_MISMATCH = "ca_mismatch"
    CA_DECIDES = "ca_decides"
    CA_UNKNOWN = "ca_unknown"
    # the identity check
    IDENTITY_NEEDED = "identity_needed"  # nobody has said yet whose data are to be confirmed
    IDENTITY_ASKED = "identity_asked"
    IDENTITY_REFUTED = "identity_refuted"
    IDENTITY_NOT_FOUND = "identity_not_found"
    IDENTITY_SILENT = "identity_silent"
    # the exchange of messages with the registers of the state
    SMEV_UNAVAILABLE = "smev_unavailable"
    SMEV_REFUSED = "smev_refused"
    SMEV_MISCONFIGURED = "smev_misconfigured"
    # the workstation
    AGENT_AWAITED = "agent_awaited"
    AGENT_WORKS = "agent_works"
    AGENT_UNABLE = "agent_unable"
    # everything else
    CONNECTOR_PAUSED = "connector_paused"
    REGISTER_UNAVAILABLE = "register_unavailable"
    REGISTER_REFUSED = "register_refused"
    COMMON_UNREADABLE = "common_unreadable"
    DEVICE_BLOCKED = "device_blocked"
    CANCELLED = "cancelled"
    GIVEN_UP = "given_up"
    TOO_MANY_ATTEMPTS = "too_many_attempts"
    UNKNOWN_STEP = "unknown_step"
    IN_DOUBT = "in_doubt"


@dataclass(frozen=True, slots=True)
class Why:
    """A trouble with the data needed to word it; never holds a PIN or other secret."""

    trouble: Trouble
    detail: str = ""
    data: tuple[tuple[str, str], ...] = field(default=())

    def get(self, name: str) -> str:
        """The datum called ``name``, or an empty string."""
        return dict(self.data).get(name, "")


def why(trouble: Trouble, detail: str = "", **data: str) -> Why:
    """Build a Why from keyword data, in a fixed order."""
    return Why(trouble, detail, tuple(sorted(data.items())))
