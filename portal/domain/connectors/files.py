"""A certification authority that is reached by files: requests are put into one folder, answers taken from another."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from portal.domain.connector_fields import ON, Field, FieldKind, complete
from portal.domain.connector_profiles import PROFILES, typed_profiles
from portal.domain.connectors import authority as common
from portal.domain.errors import InvalidInput
from portal.domain.policy_offers import OfferedTemplate

FILES_FIELDS: Final = (
    Field("folder_out", FieldKind.FOLDER),
    Field("folder_in", FieldKind.FOLDER),
    common.POLL_MINUTES,
    common.PROFILE_LINES,
    common.TRUSTED,
    common.HOLDS,
)


@dataclass(frozen=True, slots=True)
class FilesSettings:
    """``trusted`` holds the certificates an issued one must lead to, in PEM; ``holds`` that holds are taken back."""

    folder_out: str
    folder_in: str
    poll: timedelta
    profiles: tuple[OfferedTemplate, ...]
    trusted: str
    holds: bool


def files_settings(values: Mapping[str, str]) -> FilesSettings:
    """The settings of what was typed; raises InvalidInput by field."""
    typed = complete(FILES_FIELDS, values)
    if typed["folder_out"] == typed["folder_in"]:
        raise InvalidInput({"folder_in": "same_folder"})
    return FilesSettings(
        folder_out=typed["folder_out"],
        folder_in=typed["folder_in"],
        poll=common.typed_poll(typed),
        profiles=typed_profiles(typed[PROFILES]),
        trusted=typed["trusted"],
        holds=typed["holds"] == ON,
    )
