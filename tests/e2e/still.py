"""A still copy of the demonstration: its data with nobody at work, and a run in every state a page can meet."""

import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from flask import Flask, abort
from playwright.sync_api import Browser, BrowserContext
from sqlalchemy import Connection, func, insert, select
from werkzeug.serving import WSGIRequestHandler, make_server

from portal.app import create_app
from portal.bootstrap import Portal, build
from portal.db.models import Account, CustomRole, Device, LetterRow, Update
from portal.db.queries.commons import key_of
from portal.domain.agent_tasks import AgentState
from portal.domain.device import DeviceState
from portal.domain.errors import Conflict, OutsideUnavailable, PortalError
from portal.domain.identity_check import CheckState, IdentityService, RefutedBy
from portal.domain.ids import AccountId, DeviceId, PersonId
from portal.domain.letters import Audience, LetterKind, LetterStatus
from portal.domain.outcomes import WaitingFor
from portal.domain.plan_items import Choices
from portal.domain.troubles import Trouble, why
from portal.seed.policies import WIFI
from portal.services.agent_tasks import AgentTaskDraft
from portal.services.sessions import Visitor
from portal.settings import Settings
from portal.web.access import public
from portal.web.i18n import LANGUAGE_COOKIE
from tests.e2e.files import files
from tests.support.connectors import a_draft
from tests.web.agents import a_request, an_agent, plugged
from tests.web.checks import a_check
from tests.web.directories import read_in_every_way
from tests.web.drifts import a_drift
from tests.web.identity_waits import Waits
from tests.web.runs import Runner

#: Logs, sockets and tokens belong to a demonstration that runs.
LEFT: Final = shutil.ignore_patterns("log", "run", "valkey", "softhsm", "mail")
RUNS: Final[Mapping[str, Callable[[Runner], object]]] = {
    "without_pin": lambda run: run,
    "ordered": lambda run: run.enter_pin(),
    "running": lambda run: _in_the_middle(run.enter_pin()),
    "wrong_pin": lambda run: run.waits(WaitingFor.PIN, why(Trouble.PIN_INCORRECT)),
    "last_try": lambda run: run.waits(WaitingFor.PIN, why(Trouble.PIN_LAST_TRY)),
    "locked": lambda run: run.waits(WaitingFor.PIN, why(Trouble.PIN_LOCKED)),
    "pulled": lambda run: run.waits(WaitingFor.TOKEN, why(Trouble.TOKEN_REMOVED)),
    "other_token": lambda run: run.waits(WaitingFor.TOKEN, why(Trouble.WRONG_TOKEN, wanted="1098", seen="0947")),
    "approval": lambda run: run.waits(WaitingFor.CA, why(Trouble.CA_DECIDES)),
    "retry": lambda run: run.waits(
        WaitingFor.RETRY, why(Trouble.CA_UNAVAILABLE, "timeout"), again=timedelta(minutes=5)
    ),
    "stuck": lambda run: run.gets_stuck(),
    "going_back": lambda run: run.cannot_go_back(WaitingFor.TOKEN, why(Trouble.TOKEN_ABSENT)),
    "failed": lambda run: run.fails(),
    "done": lambda run: run.enter_pin().completes(),
}
#: Of people with a qualified certificate to come, by what has become of their checks.
CHECKED: Final[Mapping[str, tuple[str, Callable[[Waits], object]]]] = {
    "needed": ("Белозёрова", lambda waits: waits),
    "refuted": ("Громов", lambda waits: _answered(waits.asks(), CheckState.REFUTED, RefutedBy.PASSPORT_LOST)),
    "asking": ("Зимин", lambda waits: _answered(waits.asks(), CheckState.PROCESSING)),
    "silent": ("Котова", lambda waits: _answered(waits.asks(), CheckState.NO_ANSWER)),
}
OWN_RUNS: Final = {"o.shcherbakova": "wrong_pin", "a.elkina": "running"}
BROKEN: Final[Mapping[str, Callable[[], object]]] = {
    "400": lambda: abort(400),
    "409": lambda: _fail(Conflict("update_stuck")),
    "413": lambda: abort(413),
    "429": lambda: abort(429),
    "500": lambda: _fail(RuntimeError("broken on purpose")),
    "503": lambda: abort(503),
    "outside": lambda: _fail(OutsideUnavailable("ca_unavailable")),
}


class Quiet(WSGIRequestHandler):
    """Tells nobody what it is asked for."""

    def log_request(self, *_args: object, **_kwargs: object) -> None:
        """Say nothing."""


@dataclass(frozen=True, slots=True)
class Due:
    """The device a run is for."""

    due: DeviceId


@dataclass(frozen=True, slots=True)
class Still:
    """The copy, served; and what its addresses may name."""

    address: str
    portal: Portal
    app: Flask
    facts: Mapping[str, Any]

    def context(self, browser: Browser, login: str = "", language: str = "ru", **options: Any) -> BrowserContext:
        """A browser profile that is signed in already."""
        context = browser.new_context(locale=language, reduced_motion="reduce", **options)
        cookies = {
            LANGUAGE_COOKIE: language,
            **({self.portal.settings.session_cookie: self._ticket(login)} if login else {}),
        }
        context.add_cookies([{"name": name, "value": value, "url": self.address} for name, value in cookies.items()])
        return context

    def _ticket(self, login: str) -> str:
        with self.portal.database.begin() as connection:
            account = connection.execute(select(Account.id).where(Account.login == login)).scalar_one()
            return self.portal.sessions.open(connection, AccountId(account), Visitor(), self.portal.clock.now())

    def named(self, pattern: str) -> str:
        """An address with the names in it replaced by what is there."""
        return pattern.format_map(self.facts)


@contextmanager
def still_copy(origin: Path, folder: Path, redis_url: str) -> Iterator[Still]:
    """Copy what was made, bring runs into all their states, and serve it."""
    shutil.copytree(origin, folder, ignore=LEFT)
    values = {"DATA_DIR": str(folder), "REDIS_URL": redis_url, "AGENTS_URL": "https://agents.klyuch.example"}
    portal = build(Settings.from_env({f"KLYUCHNIK_{name}": value for name, value in values.items()}))
    app = create_app(portal.settings, portal)
    app.add_url_rule("/broken/<how>", "broken", public(_broken))
    facts = _facts(portal)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Still(f"http://127.0.0.1:{server.server_port}", portal, app, facts)
    finally:
        server.shutdown()
        thread.join(120)
        server.server_close()
        portal.database.close()


def _facts(portal: Portal) -> dict[str, Any]:
    with portal.database.begin() as connection:
        found: dict[str, Any] = {state.value: _some_device(connection, state) for state in DeviceState}
        found |= {"common": key_of(WIFI), "letter": _letter(connection, portal.clock.now())}
        found["role"] = connection.execute(select(CustomRole.key)).scalars().first()
        own = {login: _device_of(connection, login) for login in ("a.smirnova", *OWN_RUNS)}
        due = _due(connection, {*own.values(), *found.values()})
    found |= _made(portal, own)
    found |= _at_agents(portal, due.pop(0)) | {f"run_{name}": _run(portal, due, name) for name in RUNS}
    found["connector"] = _silent_connector(portal)
    found |= read_in_every_way(portal)
    found["drift"] = a_drift(portal)
    found |= {f"run_{name}": _checked(portal, *CHECKED[name]) for name in CHECKED}
    found |= {f"run_of_{login[2:]}": _run(portal, [own[login]], name) for login, name in OWN_RUNS.items()}
    return found | {f"device_of_{login[2:]}": device for login, device in own.items()} | {"plan": own["a.smirnova"]}


def _letter(connection: Connection, now: datetime) -> int:
    """The demonstration writes its first letters later."""
    kinds = {"kind": LetterKind.CONTENT_EXPIRING, "audience": Audience.HOLDER, "status": LetterStatus.SENT}
    words = dict.fromkeys(("about", "once", "trouble"), "x")
    words |= {"address": "a.smirnova@klyuch.example", "subject": "Скоро истекают сертификаты", "body": "Здравствуйте!"}
    row = {**kinds, **words, "created_at": now, "due_at": now, "sent_at": now, "attempts": 1}
    return int(connection.execute(insert(LetterRow).values(row).returning(LetterRow.id)).scalar_one())


def _made(portal: Portal, own: Mapping[str, int]) -> dict[str, str]:
    """What the demonstration has none of: files of people, the mark of a plan that was shown."""
    plan = portal.updates.plan(DeviceId(own["a.smirnova"]), Choices()).plan
    check = str(a_check(portal, _holder(portal, own["a.smirnova"])))
    return {"hash": f"content_hash={plan.content_hash}", "check": check} | files(portal)


def _silent_connector(portal: Portal) -> int:
    """An authority somebody connected that does not answer."""
    number = portal.connectors.add(a_draft(), actor="administrator")
    portal.connector_watch.failed(number, Trouble.CA_UNAVAILABLE.value, "Connection refused")
    return number


def _at_agents(portal: Portal, device: int) -> dict[str, int]:
    """A workstation that sees a token, one that asks to be let in, and a run that waits for the first."""
    agent = an_agent(portal)
    with portal.database.read() as connection:
        plugged(portal, agent, connection.execute(select(Device.serial).where(Device.id == device)).scalar_one())
    waiting = an_agent(portal, "WS-2077", heard=None, state=AgentState.WAITING, request=a_request())
    portal.agent_codes.make(by="operator", comment="WS-2078")
    plan = portal.agent_tasks.plan(DeviceId(device), Choices()).plan
    draft = AgentTaskDraft("Подпись заканчивается")
    run = portal.agent_tasks.order(DeviceId(device), Choices(), plan.content_hash, draft, actor="operator")
    return {"agent": agent, "agent_waiting": waiting, "run_at_agent": run}


def _holder(portal: Portal, device: int) -> PersonId:
    with portal.database.read() as connection:
        holder = connection.execute(select(Device.holder_id).where(Device.id == device)).scalar_one()
    assert holder is not None
    return PersonId(holder)


def _some_device(connection: Connection, state: DeviceState) -> int:
    wanted = select(func.min(Device.id)).where(Device.state == state, Device.problem == "")
    return int(connection.execute(wanted).scalar_one())


def _device_of(connection: Connection, login: str) -> int:
    wanted = select(func.min(Device.id)).join(Account, Account.person_id == Device.holder_id)
    return int(connection.execute(wanted.where(Account.login == login)).scalar_one())


def _due(connection: Connection, taken: set[Any]) -> list[int]:
    """Devices that an update would do something to, and nobody else is to use here."""
    busy = select(Update.device_id)
    wanted = select(Device.id).where(Device.need > 0, Device.state == DeviceState.ISSUED, Device.problem == "")
    found = connection.execute(wanted.where(Device.id.not_in(busy), Device.id > 20).order_by(Device.id)).scalars()
    return [number for number in found if number not in taken]


def _run(portal: Portal, devices: list[int], name: str) -> int:
    """A run in this state on the next of the devices that can have one."""
    while devices:
        device = devices.pop(0)
        try:
            runner = Runner(portal, Due(DeviceId(device)))
        except PortalError:
            continue
        RUNS[name](runner)
        return int(runner.update)
    raise AssertionError(f"no device is left for the run {name}")


def _checked(portal: Portal, holder: str, come: Callable[[Waits], object]) -> int:
    """A run that waits for registers of the state."""
    with portal.database.read() as connection:
        device = connection.execute(select(Device.id).where(Device.label == holder)).scalar_one()
    waits = Waits(portal, device)
    come(waits)
    return int(waits.run.update)


def _answered(waits: Waits, passport: CheckState, reason: RefutedBy | None = None) -> None:
    waits.says(IdentityService.SNILS, CheckState.CONFIRMED).says(IdentityService.PASSPORT, passport, reason)


def _in_the_middle(run: Runner) -> None:
    claim = run.claim().claim
    run.finish(claim, 1)
    run.journal.intend(claim, 2, now=run.now)


def _broken(how: str) -> str:
    BROKEN[how]()
    return ""


def _fail(error: Exception) -> object:
    raise error
