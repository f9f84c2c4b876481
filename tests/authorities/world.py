"""One portal with real tokens whose policies name authorities outside."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select

from portal.bootstrap import Portal, build
from portal.db.models import Connector, Update, UpdateStep
from portal.domain.certificate import KeyAlgorithm, Purpose, TemplateKey
from portal.domain.device import DeviceState
from portal.domain.ids import ConnectorId, DeviceId, PolicyId, UpdateId
from portal.domain.plan_items import Choices
from portal.domain.policy import CertificateTemplate, DeviceUsagePolicy, SubjectRecipe
from portal.domain.update_state import UpdateStatus
from portal.ports.connectors import ConnectorValues
from portal.services.connectors import ConnectorDraft
from portal.services.devices import DeviceDraft, add_devices
from portal.services.people import PersonDraft, add_people
from portal.services.policies import assign, publish
from portal.settings import Settings
from tests.acceptance.third_party import OpenSc
from tests.authorities.horse import LATER, Ride, carried
from tests.crash.place import SPAWN
from tests.support.servers import Valkey
from tests.support.tokens import PIN, SoftHsm
from tests.support.waiting import PATIENCE

NAME: Final = "Ёлкина Юлия"
_RECIPE: Final = SubjectRecipe((("CN", "{cn}"),))
#: Whatever is issued is due again at once: a second update of the device renews.
_ALWAYS: Final = timedelta(days=5000)


@dataclass(slots=True)
class Seat:
    """A person with a token, and a policy for nobody else."""

    world: "World"
    device: DeviceId
    serial: str
    title: str

    @property
    def token(self) -> OpenSc:
        """The token as OpenSC sees it."""
        return OpenSc(self.world.hsm, self.serial, PIN)

    def wants(self, *templates: CertificateTemplate) -> None:
        """From now on the policy holds these."""
        draft = DeviceUsagePolicy(PolicyId(0), 0, self.title, templates)
        portal = self.world.portal
        with portal.database.begin() as connection:
            publish(connection, draft, actor="admin", now=portal.clock.now())

    def order(self) -> "Run":
        """The update that is due."""
        updates = self.world.portal.updates
        plan = updates.plan(self.device, Choices()).plan
        return Run(self.world, updates.order(self.device, Choices(), plan.content_hash, actor="operator"))


@dataclass(slots=True)
class Run:
    """One update. Each work-horse comes later than any before it, after whatever pause was wanted."""

    world: "World"
    number: UpdateId

    def ride(self, *, dies: bool = False) -> UpdateStatus:
        """One work-horse; where the update is after it."""
        self.world.rides += 1
        ride = Ride(self.number, self.world.rides * LATER, dies)
        process = SPAWN.Process(target=carried, args=(self.world.env, ride), daemon=True)
        process.start()
        process.join(PATIENCE)
        assert process.exitcode is not None, "the work-horse does not come home"
        assert (process.exitcode == 0) is not dies, process.exitcode
        return self.status

    def settle(self, *, happened: bool) -> None:
        """A person tells what nobody else can."""
        self.world.portal.updates.settle(self.number, happened, "looked", actor="admin")

    @property
    def status(self) -> UpdateStatus:
        status: UpdateStatus = self._row().status
        return status

    @property
    def why(self) -> tuple[str, str]:
        """The trouble it ended or waits with, and the code of its particulars."""
        said = (self._row().why or {}).get("value", {})
        return str(said.get("trouble", "")), str(said.get("detail", ""))

    @property
    def waits_for(self) -> str:
        return str(self._row().waiting_for)

    def steps(self) -> list[tuple[str, str]]:
        """Kinds and how each stands."""
        query = select(UpdateStep.kind, UpdateStep.status).where(UpdateStep.update_id == self.number)
        with self.world.portal.database.read() as connection:
            return [(row.kind, row.status.value) for row in connection.execute(query.order_by(UpdateStep.seq))]

    def _row(self) -> Any:
        query = select(Update.__table__).where(Update.id == self.number)
        with self.world.portal.database.read() as connection:
            return connection.execute(query).one()


@dataclass(slots=True)
class World:
    """``env`` is what its work-horses find in their environment."""

    portal: Portal
    hsm: SoftHsm
    env: dict[str, str]
    rides: int = field(default=0, init=False)
    _seats: int = field(default=0, init=False)

    def connect(self, values: ConnectorValues, name: str) -> None:
        """Set an authority up, as the page does."""
        draft = ConnectorDraft(values.kind, name, values.all)
        self.portal.connectors.add(draft, actor="admin")

    def change(self, name: str, **typed: str) -> None:
        """Tell a connector something else; its secrets stay."""
        with self.portal.database.read() as connection:
            row = connection.execute(select(Connector.__table__).where(Connector.name == name)).one()
        draft = ConnectorDraft(row.kind, name, {**row.plain, **typed})
        self.portal.connectors.change(ConnectorId(row.id), draft, version=row.version, actor="admin")

    def seat(self) -> Seat:
        """A new person with an empty token."""
        self._seats += 1
        title = f"Отдел {self._seats}"
        serial = self.hsm.init_token(f"T{self._seats}")
        portal, now = self.portal, self.portal.clock.now()
        attributes = {"login": f"u{self._seats}", "surname": "Ёлкина", "given_name": "Юлия", "cn": NAME}
        with portal.database.begin() as connection:
            (holder,) = add_people(connection, [PersonDraft((title,), attributes)], now)
            draft = DeviceDraft(serial, holder=holder, state=DeviceState.ISSUED)
            (device,) = add_devices(connection, [draft], now)
            policy = publish(connection, DeviceUsagePolicy(PolicyId(0), 0, title, ()), actor="admin", now=now)
            assign(connection, policy.id, container=(title,), priority=1, now=now)
        return Seat(self, device, serial, title)


def template(authority: str, profile: str, *, lasts: bool = False) -> CertificateTemplate:
    """One certificate of this authority, revoked when it goes; unless it lasts each update renews it."""
    key = TemplateKey(authority, profile, Purpose.AUTHENTICATE)
    window = timedelta(days=1) if lasts else _ALWAYS
    made = CertificateTemplate(key, f"{profile} {authority}", KeyAlgorithm.EC_P256, _RECIPE, window)
    return replace(made, revoke_on_removal=True)


def a_world(folder: Path, queue: Valkey, hsm: SoftHsm) -> World:
    """A portal in a folder with an empty database that lies there."""
    said = {
        "DATA_DIR": str(folder),
        "REDIS_URL": queue.url,
        "SOFTHSM2_CONF": str(hsm.conf),
        "LEASE": "300",
        "STEP_TIMEOUT": "3600",
        "UPDATE_ATTEMPTS": "100",
    }
    env = {f"KLYUCHNIK_{name}": value for name, value in said.items()}
    return World(build(Settings.from_env(env)), hsm, {**env, **hsm.env})
