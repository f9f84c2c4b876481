"""What a run of the engine is for: an update, or another thing that is done on the token under the same journal."""

from enum import StrEnum, unique


@unique
class RunKind(StrEnum):
    """Why the token is touched; only an update brings a device in line with its policy."""

    UPDATE = "update"
    CLEAN = "clean"
    CHANGE_PIN = "change_pin"
    RESET_PIN = "reset_pin"
