"""What the one search box found."""

from dataclasses import dataclass, replace

from portal.web.pages import address
from portal.web.translate import gettext as _
from portal.web.views_devices import DeviceList
from portal.web.views_people import PeopleList


@dataclass(frozen=True, slots=True)
class Found:
    """The first people and devices the words lead to; the addresses show all of them."""

    text: str
    people: PeopleList
    devices: DeviceList
    summary: str
    people_href: str
    devices_href: str


def found(text: str, people: PeopleList, devices: DeviceList) -> Found:
    """Both lists with a sentence for the ear."""
    summary = _("Nothing was found. Try a surname, a login or a serial number.")
    if people.rows or devices.rows:
        counted = {"people": len(people.rows), "devices": devices.pager.count_text if devices.pager else 0}
        summary = _("People: %(people)s, devices: %(devices)s", **counted)
    query = {"q": text}
    return Found(
        text=text,
        people=replace(people, pager=None),
        devices=replace(devices, pager=None),
        summary=summary,
        people_href=address("admin.people", query),
        devices_href=address("admin.devices", query),
    )
