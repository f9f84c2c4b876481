"""Signing in, and other pages while very many try: the floor is the password's own work, done in this process."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from threading import Event

from portal.db import schema
from portal.services import passwords
from tests.bench.client import AnswerError, Client, csrf_token
from tests.bench.figures import figure
from tests.bench.stand import LOGIN, PASSWORD, Stand, processor_ms, stand

PAGE = "/admin/devices"
_OTHERS = count(1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to measure."""

    times: int
    flood: int


def run(wanted: Wanted) -> list[dict[str, object]]:
    """All figures."""
    with stand() as here:
        schema.upgrade(here.settings.database_url)
        here.start_web()
        return list(_rows(here, wanted))


def _rows(here: Stand, wanted: Wanted) -> Iterator[dict[str, object]]:
    inside = here.signed_in()
    stored = passwords.hashed(PASSWORD)
    yield {"what": "floor: the password alone", "ms": figure(_taken(wanted.times, _check(stored)))}
    pids = here.pids("web")
    worked = processor_ms(pids)
    taken = _taken(wanted.times, lambda: here.client().sign_in(LOGIN, PASSWORD))
    spent = (processor_ms(pids) - worked) / wanted.times
    yield {"what": "form and sign-in", "ms": figure(taken), "processor_ms": round(spent, 1)}
    yield {"what": "another page", "ms": figure(_taken(wanted.times, lambda: inside.get(PAGE)))}
    with _flood(here, wanted.flood) as answers:
        time.sleep(1)
        busy = _taken(wanted.times, lambda: inside.get(PAGE), pause=0.02)
    yield {"what": f"another page, {wanted.flood} sign in at once", "ms": figure(busy), "answers": answers}


def _check(stored: str) -> Callable[[], object]:
    return lambda: passwords.matches(stored, PASSWORD)


def _taken(times: int, work: Callable[[], object], *, pause: float = 0.0) -> list[float]:
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        taken.append((time.perf_counter() - started) * 1000)
        time.sleep(pause)
    return taken


@contextmanager
def _flood(here: Stand, number: int) -> Iterator[dict[int, int]]:
    """So many try at once, each time from another address with another login; what they were answered."""
    stop, answers = Event(), dict[int, int]()
    with ThreadPoolExecutor(number) as pool:
        for _ in range(number):
            pool.submit(_try_again_and_again, here, stop, answers)
        try:
            yield answers
        finally:
            stop.set()


def _try_again_and_again(here: Stand, stop: Event, answers: dict[int, int]) -> None:
    while not stop.is_set():
        one = next(_OTHERS)
        source = f"127.{1 + one // 62500 % 250}.{one // 250 % 250}.{1 + one % 250}"
        client = Client(here.settings.listen_host, here.settings.listen_port, source=source)
        with suppress(AnswerError, OSError):
            form = {"csrf_token": csrf_token(client.get("/sign-in").body), "login": f"nobody{one}", "password": "wrong"}
            status = client.post("/sign-in", form).status
            answers[status] = answers.get(status, 0) + 1
        client.close()
