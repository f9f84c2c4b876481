"""Generated people and devices as rows, in the order of the columns named beside."""

from collections.abc import Iterator, Mapping
from dataclasses import astuple
from datetime import datetime
from typing import Final

from portal.db.findings import finding_rows, need_columns, peculiarity_rows, standing_row
from portal.db.models import CertificatePlace, TermKind
from portal.db.models.certificates import answers
from portal.db.words import device_words, fold, person_keys, person_words
from portal.domain import codec
from portal.domain.certificate import CertificateKind, Revocation
from portal.domain.people import Person
from portal.domain.texts import address_key
from portal.seed.bulk import Values
from portal.seed.fleet_certificates import ISSUER, subject_of
from portal.seed.fleet_devices import FleetDevice

PERSON: Final = (
    *("id", "unit_id", "login", "name", "email", "title", "attributes", "active"),
    *("search_key", "sort_key", "created_at", "version", "login_key"),
    *("email_key", "upn_key"),
)
MEMBERSHIP: Final = ("person_id", "group_id")
TERM: Final = ("kind", "term", "entity_id")
DEVICE: Final = (
    *("id", "serial", "type", "model", "manufacturer", "label", "comment", "holder_id", "state"),
    *("applied_policy_id", "applied_policy_version", "last_seen_at", "last_seen_where"),
    *("free_memory", "created_at", "need", "possible", "problem", "effective_policy_id", "effective_assignment_id"),
    *("next_check_at", "earliest_not_after"),
)
CONTENTS: Final = ("device_id", "contents", "contents_hash")
CERTIFICATE: Final = (
    *("device_id", "kind", "name", "ca", "ca_template", "purpose", "common_version", "fingerprint", "key_id"),
    *("serial", "subject", "issuer", "not_before", "not_after", "revocation", "attributes", "escrow"),
    *("revoke_on_removal", "history", "status", "created_at", "answers"),
)
FINDING: Final = ("reason", "device_id", "subject", "fingerprint", "until", "on")
PECULIARITY: Final = ("device_id", "kind", "subject", "fingerprint", "until")
STANDING: Final = ("device_id", "holder_id", "unit_id", "kit", "windows")
REGISTRATION: Final = ("device_id", "register", "registered_at")


def person_row(person: Person, units: Mapping[tuple[str, ...], int], now: datetime) -> Values:
    """A person."""
    own = person.attributes
    unit = units[person.container]
    shown = (own["login"], own["cn"], own["email"], own["title"])
    addresses = (address_key(own["email"]), address_key(own.get("upn", "")))
    return (person.id, unit, *shown, own, person.active, *person_keys(own), now, 1, fold(own["login"]), *addresses)


def person_terms(person: Person) -> Iterator[Values]:
    """The words a person is found by."""
    return ((TermKind.PERSON, word, person.id) for word in person_words(person.attributes))


def membership_rows(person: Person, groups: Mapping[str, int]) -> Iterator[Values]:
    """The groups a person is in."""
    return ((person.id, groups[name]) for name in person.groups)


def device_row(made: FleetDevice) -> Values:
    """A device with how it stands."""
    device = made.device
    applied = (device.applied.id, device.applied.version) if device.applied else (None, None)
    return (
        *(device.id, device.serial, made.type, made.model, made.manufacturer, made.label, ""),
        *(device.holder.id if device.holder else None, device.state, *applied),
        *(made.last_seen_at, made.last_seen_where),
        *(device.free_memory, made.created_at),
        *need_columns(made.review).values(),
    )


def contents_rows(made: FleetDevice) -> Iterator[Values]:
    """What was last seen on its token, if it was ever seen."""
    seen = made.device.contents
    if seen:
        yield (made.device.id, codec.to_json(seen), seen.content_hash())


def device_terms(made: FleetDevice) -> Iterator[Values]:
    """The words a device is found by."""
    return ((TermKind.DEVICE, word, made.device.id) for word in device_words(made.device.serial, made.label))


def certificate_rows(made: FleetDevice) -> Iterator[Values]:
    """What our records say is on the device."""
    device = made.device
    subject = subject_of(device.holder) if device.holder else ""
    for one in device.managed:
        yield (
            *(device.id, CertificateKind.MANAGED, one.template_name),
            *(one.template.ca, one.template.ca_template, one.template.purpose, None),
            *(one.fingerprint, one.key_id, one.serial, subject, ISSUER, one.not_before, one.not_after),
            *(one.revocation, [list(pair) for pair in one.attributes], one.escrow, one.revoke_on_removal),
            *(one.history, CertificatePlace.WRITTEN, one.not_before),
            answers(CertificateKind.MANAGED, one.template_name, astuple(one.template)),
        )
    for common in device.commons:
        yield (
            *(device.id, CertificateKind.COMMON, common.name, "", "", None, common.version),
            *(common.fingerprint, common.key_id, "", "", "", None, None, Revocation.GOOD, [], False, False, False),
            *(CertificatePlace.WRITTEN, made.created_at, answers(CertificateKind.COMMON, common.name)),
        )


def finding_values(made: FleetDevice) -> Iterator[Values]:
    """What the review found."""
    return (tuple(row.values()) for row in finding_rows(made.device.id, made.review.findings))


def peculiarity_values(made: FleetDevice) -> Iterator[Values]:
    """What only looking at the device could tell."""
    return (tuple(row.values()) for row in peculiarity_rows(made.device.id, made.review.peculiarities))


def standing_values(made: FleetDevice, units: Mapping[tuple[str, ...], int]) -> Values:
    """What the rules about a whole fleet read of it."""
    row, holder = standing_row(made.review), made.device.holder
    unit = units[holder.container] if holder and row["b_held"] else None
    return (made.device.id, holder.id if holder else None, unit, row["b_kit"], row["b_windows"])


def registration_rows(made: FleetDevice) -> Iterator[Values]:
    """The registers that know the device."""
    return ((made.device.id, register, made.created_at) for register in made.device.registered)
