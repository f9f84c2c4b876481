"""From the click to the first step, and from a committed step to the page: the real server, worker and browser."""

import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from playwright.sync_api import Page
from sqlalchemy import select

from portal.db.models import DeviceContents, Update, UpdateStep
from portal.domain.ids import UpdateId
from portal.domain.plan_items import Choices
from portal.domain.update_state import UpdateStatus
from tests.bench.client import AnswerError, Client, csrf_token
from tests.bench.figures import figure
from tests.bench.stand import Stand, stand
from tests.bench.tokens import Holding, TokenWorld
from tests.support.browser import chromium
from tests.support.tokens import PIN, softhsm

PATIENCE = 60.0
#: Notes when the page first shows each number of steps done, by the clock of the machine.
NOTE_PROGRESS = """
window.shown = {};
const look = () => {
  const bar = document.querySelector("#update-step progress");
  const done = bar ? bar.value : document.querySelector("#update-step") ? 1000000 : null;
  if (done !== null && !(done in window.shown)) window.shown[done] = performance.timeOrigin + performance.now();
};
new MutationObserver(look).observe(document, {childList: true, subtree: true, attributes: true});
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """How many updates are clicked, and how many are watched in a browser."""

    clicks: int
    watched: int


@dataclass
class _Office:
    """An administrator's browser connection and devices to update."""

    here: Stand
    world: TokenWorld
    client: Client

    def click(self, holding: Holding) -> tuple[UpdateId, float]:
        """Press «Обновить» after the PIN; answers the update and when it was pressed."""
        shown = self._plan(holding)
        path = f"/admin/devices/{holding.device}/updates"
        form = {"csrf_token": csrf_token(self.client.get(f"{path}/new").body), "content_hash": shown, "pin": PIN}
        pressed = time.time()
        answer = self.client.post(path, form)
        found = answer.location.rpartition("/")[2]
        if answer.status != HTTPStatus.SEE_OTHER or not found.isdecimal():
            raise AnswerError(f"ordering answered {answer.status} {answer.location}")
        return UpdateId(int(found)), pressed

    def ended(self, update: UpdateId) -> None:
        """Wait for the end."""
        deadline = time.monotonic() + PATIENCE
        while (status := self._status(update)).active:
            if time.monotonic() > deadline:
                raise AnswerError(f"update {update} is still {status}")
            time.sleep(0.02)
        if status is not UpdateStatus.COMPLETED:
            raise AnswerError(f"update {update} ended as {status}")

    def steps(self, update: UpdateId) -> list[tuple[datetime, datetime]]:
        """When each step was intended and finished."""
        query = select(UpdateStep.intended_at, UpdateStep.finished_at).where(UpdateStep.update_id == update)
        with self.world.portal.database.read() as connection:
            rows = connection.execute(query.order_by(UpdateStep.seq)).all()
        return [(row.intended_at, row.finished_at) for row in rows]

    def _status(self, update: UpdateId) -> UpdateStatus:
        with self.world.portal.database.read() as connection:
            return connection.execute(select(Update.status).where(Update.id == update)).scalar_one()

    def _plan(self, holding: Holding) -> str:
        """The plan's hash, once the watcher has seen what the last update left on the token."""
        deadline = time.monotonic() + PATIENCE
        while not self._seen(holding):
            if time.monotonic() > deadline:
                raise AnswerError(f"the token {holding.serial} is not seen")
            time.sleep(0.05)
        return self.world.portal.updates.plan(holding.device, Choices()).plan.content_hash

    def _seen(self, holding: Holding) -> bool:
        seen = self.world.portal.watch.seen(holding.serial)
        with self.world.portal.database.read() as connection:
            query = select(DeviceContents.contents_hash).where(DeviceContents.device_id == holding.device)
            known = connection.execute(query).scalar_one_or_none()
        return seen is not None and seen.contents is not None and seen.contents.content_hash() == known


def run(wanted: Wanted) -> list[dict[str, object]]:
    """Both figures."""
    return list(_rows(wanted))


def _rows(wanted: Wanted) -> Iterator[dict[str, object]]:
    with _office() as office:
        yield {"what": "click → first step intended", **_clicked(office, wanted.clicks)}
        yield {"what": "step committed → shown in the page", **_watched(office, wanted.watched)}


@contextmanager
def _office() -> Iterator[_Office]:
    with ExitStack() as stack:
        hsm = stack.enter_context(softhsm())
        here = stack.enter_context(stand(hsm=hsm))
        world = TokenWorld(here, hsm)
        here.start_web()
        here.start_jobs()
        yield _Office(here, world, here.signed_in())


def _clicked(office: _Office, clicks: int) -> dict[str, object]:
    holdings = office.world.add("clicked", certificates=1, algorithm="p256", devices=min(5, clicks))
    taken, answered = [], []
    for number in range(clicks + len(holdings)):
        holding = holdings[number % len(holdings)]
        office.world.age(holding)
        update, pressed = office.click(holding)
        answer = time.time()
        office.ended(update)
        if number >= len(holdings):  # the first round puts the certificates there
            taken.append((office.steps(update)[0][0].timestamp() - pressed) * 1000)
            answered.append((answer - pressed) * 1000)
            _dot()
    return {"ms": figure(taken), "answer_ms": figure(answered)}


def _watched(office: _Office, watched: int) -> dict[str, object]:
    (holding,) = office.world.add("watched", certificates=5, algorithm="rsa2048")
    taken: list[float] = []
    with chromium() as browser, browser.new_context() as context:
        host, cookies = office.client.host, office.client.cookies
        context.add_cookies([{"name": k, "value": v, "domain": host, "path": "/"} for k, v in cookies.items()])
        page = context.new_page()
        page.add_init_script(NOTE_PROGRESS)
        for number in range(watched + 1):
            office.world.age(holding)
            update, _pressed = office.click(holding)
            page.goto(f"{office.here.settings.base_url}/admin/updates/{update}")
            office.ended(update)
            if number:  # with the first page a browser fetches and reads styles and scripts while steps go by
                taken += _latencies(office, update, page)
                _dot()
    return {"ms": figure(taken)}


def _latencies(office: _Office, update: UpdateId, page: Page) -> Iterator[float]:
    """For each step finished while the page was open: until the page showed it, or a later one."""
    page.wait_for_timeout(500)
    shown = sorted((int(done), at) for done, at in page.evaluate("window.shown").items())
    opened = min(at for _, at in shown)
    for number, (_, finished) in enumerate(office.steps(update), 1):
        at = next((at for done, at in shown if done >= number), None)
        if at is not None and finished.timestamp() * 1000 > opened:
            yield at - finished.timestamp() * 1000


def _dot() -> None:
    sys.stderr.write(".")
    sys.stderr.flush()
