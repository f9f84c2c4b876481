"""What the one search box found."""

from dataclasses import dataclass

from flask_babel import gettext as _

from portal.web.views_devices import DeviceList
from portal.web.views_people import PeopleList


@dataclass(frozen=True, slots=True)
class Found:
    """People and devices the words lead to."""

    text: str
    people: PeopleList
    devices: DeviceList
    summary: str


def found(text: str, people: PeopleList, devices: DeviceList) -> Found:
    """Both lists with a sentence for the ear."""
    if not people.rows and not devices.rows:
        summary = _("Nothing was found. Try a surname, a login or a serial number.")
    else:
        summary = _(
            "People: %(people)s, devices: %(devices)s", people=len(people.rows), devices=devices.pager.count_text
        )
    return Found(text, people, devices, summary)
