"""What the way to a counterpart is opened with, and how trying it went."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum, unique

from portal.domain.connector_kinds import ConnectorKind


@dataclass(frozen=True, slots=True)
class ConnectorValues:
    """One configured counterpart: what was typed, and what was sealed, opened for as long as it is used."""

    kind: ConnectorKind
    name: str
    plain: Mapping[str, str]
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def all(self) -> dict[str, str]:
        """Both together, as the settings of a kind are made of them."""
        return {**self.plain, **self.secrets}


@unique
class TraceStep(StrEnum):
    """What is tried of a counterpart, step by step."""

    SETTINGS = "settings"  # what was typed fits together
    SECRETS = "secrets"  # what was sealed can be opened
    IN_TIME = "in_time"  # all of it within the time a person waits
    FOLDER_OUT = "folder_out"  # a file can be put there
    FOLDER_IN = "folder_in"  # what lies there can be read
    RESOLVE = "resolve"  # the name of the server is known
    CONNECT = "connect"  # somebody listens there
    TLS = "tls"  # he shows a certificate we trust
    SIGN_IN = "sign_in"  # he lets us in
    CERTIFICATES = "certificates"  # he tells his own certificates, and they are those we trust
    PROFILES = "profiles"  # he tells what may be ordered
    PROTOCOL = "protocol"  # he speaks what we expect
    BASE = "base"  # the place where people are looked for is there
    PEOPLE = "people"  # people are found in it
    GROUPS = "groups"  # groups are found in it
    CHANGES = "changes"  # he can tell what changed
    CAPABILITIES = "capabilities"  # he can do what we need
    KEYS = "keys"  # he shows the keys he signs with


@dataclass(frozen=True, slots=True)
class TraceLine:
    """How one step went; ``detail`` is data from over there, safe to show, never a secret."""

    what: TraceStep
    ok: bool
    detail: str = ""


Trace = tuple[TraceLine, ...]
ConnectorCheck = Callable[[ConnectorValues], Trace]
