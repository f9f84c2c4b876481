"""What the one search box found."""

from dataclasses import dataclass, replace

from portal.db.queries.paging import Count, Page
from portal.db.queries.views import DeviceRow, PersonRow
from portal.web.addresses import numbered
from portal.web.pages import address
from portal.web.paging import count_text
from portal.web.translate import gettext as _
from portal.web.views_devices import DeviceList
from portal.web.views_people import PeopleList


@dataclass(frozen=True, slots=True)
class Found:
    """The first people and devices the words lead to; the addresses show all of them."""

    text: str
    people: PeopleList
    devices: DeviceList
    people_href: str
    devices_href: str


@dataclass(frozen=True, slots=True)
class Suggested:
    """The first few of each with their addresses, and a sentence for the ear."""

    text: str
    people: tuple[tuple[str, PersonRow], ...]
    devices: tuple[tuple[str, DeviceRow], ...]
    summary: str


def found(text: str, people: PeopleList, devices: DeviceList) -> Found:
    """Both lists."""
    query = {"q": text}
    return Found(
        text=text,
        people=replace(people, pager=None),
        devices=replace(devices, pager=None),
        people_href=address("admin.people", query),
        devices_href=address("admin.devices", query),
    )


def suggested(text: str, people: Page[PersonRow], devices: Page[DeviceRow]) -> Suggested:
    """What is said while somebody types: names and numbers alone."""
    person, device = numbered("admin.show_person", "person_id"), numbered("admin.show_device", "device_id")
    return Suggested(
        text=text,
        people=tuple([(person(row.id), row) for row in people.items]),
        devices=tuple([(device(row.id), row) for row in devices.items]),
        summary=_summary(len(people.items), devices.count),
    )


def _summary(people: int, devices: Count) -> str:
    if not people and not devices.number:
        return _("Nothing was found. Try a surname, a login or a serial number.")
    return _("People: %(people)s, devices: %(devices)s", people=people, devices=count_text(devices))
