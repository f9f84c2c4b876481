"""Hypothesis strategies: policies, people, devices with what is on their tokens, and choices.

Names, keys and fingerprints come from small pools, so that things meet: shared keys, second certificates of one
template, templates that came and went. What a device's records say and what was seen on its token may differ in
every way a real token differs. A strategy is made once: making it anew for each draw costs more than the draw.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Final

from hypothesis import strategies as st

from portal.domain.certificate import (
    CommonOnDevice,
    KeyAlgorithm,
    ManagedCertificate,
    Purpose,
    Revocation,
    TemplateKey,
    TrackedCertificate,
)
from portal.domain.contents import TokenCertificate, TokenContents, TokenKey
from portal.domain.device import AppliedPolicy, Device, DeviceState, Leftover
from portal.domain.identity_check import IdentityRules
from portal.domain.ids import DeviceId, PersonId, PolicyId
from portal.domain.people import Person
from portal.domain.plan_items import Choices
from portal.domain.policy import (
    CertificateTemplate,
    CommonCertificate,
    DeviceUsagePolicy,
    Register,
    SubjectRecipe,
)

NOW: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
SERIAL: Final = "0a1b2c3d"
ATTRIBUTES: Final = ("cn", "email", "title")
COMMONS: Final = ("root", "vpn", "wifi")
KEYS: Final = tuple(
    TemplateKey(ca, name, purpose)
    for ca, name in (("main", "user"), ("spare", "mail"))
    for purpose in (Purpose.ENCRYPT, Purpose.SIGN)
)
OFTEN: Final = st.sampled_from((True, True, True, False))
EITHER: Final = st.booleans()
SHARED_KEYS: Final = ("5ade0", "5ade1")
_KEY: Final = st.sampled_from(KEYS)
_NAMED: Final = st.lists(st.sampled_from(ATTRIBUTES), unique=True)
_REGISTERS: Final = st.frozensets(st.sampled_from(Register))
_RULES: Final = st.builds(IdentityRules, ask=EITHER, announce=EITHER)
_ORDERS: Final = st.permutations(KEYS)
_AGES: Final = st.sampled_from((-400, -1, 0, 1, 29, 30, 31, 89, 300)).map(lambda days: timedelta(days=days))
_FATES: Final = st.sampled_from((*[Revocation.GOOD] * 4, *Revocation))
_SAID: Final = st.sampled_from(("", "Анна Ким", "Анна"))
_COMMONS: Final = st.lists(st.tuples(st.sampled_from(COMMONS), st.sampled_from((1, 2))), unique=True, max_size=3)
_APPLIED: Final = st.none() | st.builds(AppliedPolicy, st.integers(1, 2).map(PolicyId), st.just(1))
_MEMORY: Final = st.none() | st.sampled_from((0, 3000, 60000))
_KNOWN: Final = st.sampled_from((frozenset[str](), frozenset({"foreign0"})))
_SEEN_KINDS: Final = st.sampled_from(("rsa2048", "rsa2048", "p256"))
_number: Final = cache(st.integers)


@dataclass(frozen=True, slots=True)
class Case:
    """A device, the policy that acts, and what a person chose."""

    device: Device
    policy: DeviceUsagePolicy
    choices: Choices


@cache
def people() -> st.SearchStrategy[Person]:
    """A person who may lack attributes, but always has a name."""
    optional = {name: st.sampled_from(("", "Анна", "anna@example.org")) for name in ATTRIBUTES[1:]}
    attributes = st.fixed_dictionaries({"cn": st.sampled_from(("Анна Ким", "Яна Ли"))}, optional=optional)
    return attributes.map(lambda found: Person(PersonId(1), ("Ключ",), frozenset(), found))


@cache
def templates(key: TemplateKey) -> st.SearchStrategy[CertificateTemplate]:
    """A template with this key and any rules."""
    return st.builds(
        CertificateTemplate,
        key=st.just(key),
        name=st.sampled_from((f"{key.ca_template} {key.purpose}", "same name")),
        algorithm=st.sampled_from((KeyAlgorithm.RSA_2048, KeyAlgorithm.RSA_2048, KeyAlgorithm.EC_P256)),
        recipe=st.just(SubjectRecipe((("CN", "{cn}"), ("T", "{title}")), (("email", "{email}"),))),
        renewal_window=st.sampled_from((timedelta(0), timedelta(days=30), timedelta(days=90))),
        optional=st.booleans(),
        qualified=st.booleans(),
        reuse_key=OFTEN,
        revoke_on_removal=st.booleans(),
        escrow=st.booleans(),
        tracked_attributes=st.lists(st.sampled_from(ATTRIBUTES), unique=True).map(tuple),
    )


@st.composite
def policies(draw: st.DrawFn) -> DeviceUsagePolicy:
    """A published policy with some of the templates and common certificates of the pools."""
    keys = [key for key in draw(_ORDERS) if draw(OFTEN)]
    names = [name for name in COMMONS if draw(OFTEN)]
    commons = tuple(
        CommonCertificate(name, 2, f"{name}2", optional=draw(EITHER, label=f"{name} optional")) for name in names
    )
    return DeviceUsagePolicy(
        id=PolicyId(draw(_number(1, 2))),
        version=draw(_number(1, 3)),
        name="policy",
        templates=tuple(draw(templates(key)) for key in keys),
        commons=commons,
        tracking=draw(EITHER),
        track_automatically=draw(EITHER),
        registers=draw(_REGISTERS),
        identity=draw(_RULES),
    )


@cache
def key_ids(fresh: str) -> st.SearchStrategy[str]:
    """Mostly a key of its own, sometimes one that others use too."""
    return st.sampled_from((fresh, fresh, fresh, *SHARED_KEYS))


@cache
@st.composite
def managed(draw: st.DrawFn, number: int) -> ManagedCertificate:
    """One certificate of ours, of any age and fate."""
    key = draw(_KEY)
    end = NOW + draw(_AGES)
    recorded = draw(_NAMED)
    escrow = draw(EITHER)
    return ManagedCertificate(
        fingerprint=f"our{number}",
        key_id=draw(key_ids(f"0{number}")),
        template=key,
        template_name=f"{key.ca_template} {key.purpose}",
        serial=f"5e{number}",
        not_before=end - timedelta(days=365),
        not_after=end,
        revocation=draw(_FATES),
        attributes=tuple((name, draw(_SAID)) for name in recorded),
        escrow=escrow,
        revoke_on_removal=draw(EITHER),
        history=key.purpose is Purpose.ENCRYPT and not escrow and not draw(OFTEN),
    )


@cache
@st.composite
def commons_on_device(draw: st.DrawFn) -> tuple[CommonOnDevice, ...]:
    """Common certificates of this version or an older one, or both after an update that broke."""
    found = draw(_COMMONS)
    return tuple(
        CommonOnDevice(name, number, f"{name}{number}", draw(key_ids(f"c{name}{number}"))) for name, number in found
    )


@st.composite
def devices(draw: st.DrawFn) -> Device:
    """A device whose records and token may disagree."""
    count = draw(_number(0, 4))
    recorded = Device(
        id=DeviceId(7),
        serial=SERIAL,
        state=DeviceState.ISSUED,
        holder=draw(people()),
        applied=draw(_APPLIED),
        managed=tuple(draw(managed(number)) for number in range(count)),
        commons=draw(commons_on_device()),
        registered=draw(_REGISTERS),
        free_memory=draw(_MEMORY),
    )
    if draw(EITHER, label="never seen"):
        return recorded
    tracked = tuple(
        TrackedCertificate(f"tracked{number}", f"CN=tracked {number}", NOW) for number in range(draw(_number(0, 1)))
    )
    leftovers = tuple(draw(_leftover(number)) for number in range(draw(_number(0, 2))))
    device = replace(recorded, tracked=tracked, leftovers=leftovers)
    return replace(device, contents=draw(contents_of(device)), known_foreign=draw(_KNOWN))


@cache
def _one_of(*names: str | None) -> st.SearchStrategy[str | None]:
    return st.sampled_from(names)


@cache
@st.composite
def _leftover(draw: st.DrawFn, number: int) -> Leftover:
    return Leftover(draw(key_ids(f"1e{number}")), draw(_one_of(None, f"left{number}")))


@st.composite
def contents_of(draw: st.DrawFn, device: Device) -> TokenContents:
    """What was seen on the token of this device: most of what is recorded, and things nobody recorded."""
    recorded = [(c.key_id, c.fingerprint) for c in device.managed]
    recorded += [(c.key_id, c.fingerprint) for c in device.commons]
    recorded += [(c.key_id, c.fingerprint) for c in device.leftovers if c.fingerprint]
    strange = [(draw(key_ids("ff0")), c.fingerprint) for c in device.tracked]
    strange += [(draw(key_ids(f"ff{n}")), f"foreign{n}") for n in (1, 2)[: draw(_number(0, 2))]]
    there = [place for place in recorded + strange if draw(OFTEN, label=str(place))]
    complete = draw(EITHER, label="signed in")
    pairs = sorted({place[0] for place in recorded + strange} | {c.key_id for c in device.leftovers} | {"bare"})
    # a lost private key shows only after sign-in
    keys = [key for key in pairs if not complete or draw(OFTEN, label=key)]
    return TokenContents(
        SERIAL,
        tuple(_seen(place, keys) for place in there),
        tuple(TokenKey(key, "", draw(_SEEN_KINDS), True, complete or None) for key in keys),
        complete=complete,
    )


def _seen(place: tuple[str, str], keys: Sequence[str]) -> TokenCertificate:
    key_id, fingerprint = place
    return TokenCertificate(
        fingerprint=fingerprint,
        key_id=key_id,
        label="",
        subject=f"CN={fingerprint}",
        issuer="CN=somebody",
        serial="01",
        not_before=NOW,
        not_after=NOW,
        has_key=key_id in keys,
    )


def choices() -> st.SearchStrategy[Choices]:
    """What a person may choose, sensible or not."""
    fingerprints = st.frozensets(st.sampled_from([f"our{n}" for n in range(4)] + ["left0", "1e0", "root1", "foreign1"]))
    return st.builds(
        Choices,
        optional=st.none() | st.frozensets(st.sampled_from(KEYS)),
        optional_commons=st.none() | st.frozensets(st.sampled_from(COMMONS)),
        drop_history=fingerprints,
        remove_first=fingerprints,
    )


def cases() -> st.SearchStrategy[Case]:
    """Everything together."""
    return st.builds(Case, devices(), policies(), choices())
