"""What an authority issues that cannot tell it itself: typed by a person, a line each, ``name; purpose; days``."""

from datetime import timedelta
from typing import Final

from portal.domain.certificate import Purpose
from portal.domain.connector_fields import lines
from portal.domain.errors import InvalidInput
from portal.domain.policy_offers import OfferedTemplate

#: The field these lines stand in, whatever the kind of the connector.
PROFILES: Final = "profiles"
LONGEST_NAME: Final = 100
LONGEST_VALIDITY: Final = 7300
USUAL_PURPOSE: Final = Purpose.AUTHENTICATE
USUAL_DAYS: Final = "365"


def typed_profiles(value: str) -> tuple[OfferedTemplate, ...]:
    """The profiles of these lines; purpose and days may be left out. Raises InvalidInput by field."""
    found = tuple(map(_profile, lines(value)))
    if len({one.name for one in found}) < len(found):
        raise InvalidInput({PROFILES: "repeated_profile"})
    return found


def _profile(line: str) -> OfferedTemplate:
    name, purpose, days, *more = [*(part.strip() for part in line.split(";")), "", ""][: max(3, line.count(";") + 1)]
    purpose, days = purpose or USUAL_PURPOSE.value, days or USUAL_DAYS
    known = purpose in set(Purpose) and days.isascii() and days.isdigit() and len(days) <= len(str(LONGEST_VALIDITY))
    if more or not 0 < len(name) <= LONGEST_NAME or not known or not 1 <= int(days) <= LONGEST_VALIDITY:
        raise InvalidInput({PROFILES: "bad_profile"})
    return OfferedTemplate(name, Purpose(purpose), timedelta(days=int(days)))
