"""The progress stream: what it sends, when it ends, how many there may be."""

import threading
import time
from collections.abc import Iterator

import pytest
from flask import Flask

from portal.bootstrap import Portal
from portal.web.sse import PACE, PER_PERSON, StreamCap, frame, last_event_id
from tests.web.runs import Runner
from tests.web.visits import Visit
from tests.web.world import World


@pytest.fixture
def run(portal: Portal, world: World) -> Runner:
    return Runner(portal, world).enter_pin()


def opened(visit: Visit, run: Runner, after: str = "", **headers: str) -> Iterator[str]:
    response = visit.client.get(f"/admin/updates/{run.update}/events{after}", headers=headers, buffered=False)
    assert response.status_code == 200
    assert response.mimetype == "text/event-stream"
    assert response.headers["Cache-Control"] == "no-store"
    return (chunk.decode() for chunk in response.iter_encoded())


def test_it_begins_with_what_is_and_goes_on_with_what_moves(operator: Visit, run: Runner) -> None:
    events = opened(operator, run)
    assert next(events).startswith("retry:")
    first = next(events)
    assert first.startswith("event: progress\nid: 1\n")
    assert "Обновление сейчас начнётся" in first
    threading.Timer(0.2, run.completes).start()
    rest = [next(events), *events]
    assert "Устройство обновлено" in rest[-2] or "добавленные вне системы" in rest[-2]
    assert rest[-1].startswith("event: over\n")


def test_what_came_while_a_frame_was_drawn_is_told_by_the_next(operator: Visit, run: Runner) -> None:
    events = opened(operator, run)
    next(events)
    next(events)
    run.completes()
    began = time.monotonic()
    rest = list(events)
    assert [event.split("\n")[0] for event in rest] == ["event: progress", "event: over"]
    assert time.monotonic() - began >= PACE


def test_a_reconnect_is_given_only_what_it_missed(operator: Visit, run: Runner) -> None:
    run.completes()
    all_events = list(opened(operator, run))
    number = all_events[-1].split("id: ")[1].split("\n")[0]
    again = list(opened(operator, run, **{"Last-Event-ID": number}))
    assert [event.split("\n")[0] for event in again] == ["retry: 1500", "event: over"]
    from_page = list(opened(operator, run, f"?after={number}"))
    assert len(from_page) == 2


def test_it_ends_when_the_right_is_gone(operator: Visit, portal: Portal, run: Runner) -> None:
    events = opened(operator, run)
    next(events)
    next(events)
    portal.sessions.sign_out(operator.client.get_cookie("klyuchnik").value)  # type: ignore[union-attr]
    portal.feed.announce(run.update, 2)
    assert next(events).startswith("event: over\n")
    assert list(events) == []


def test_a_person_may_hold_a_few_streams(app: Flask, operator: Visit, run: Runner) -> None:
    held = [opened(operator, run) for _ in range(PER_PERSON)]
    for events in held:
        next(events)
    refused = operator.client.get(f"/admin/updates/{run.update}/events")
    assert refused.status_code == 503
    assert refused.headers["Retry-After"]


def test_places_are_given_back() -> None:
    cap = StreamCap(total=2, per_person=1)
    assert cap.enter(1)
    assert not cap.enter(1)
    assert cap.enter(2)
    assert not cap.enter(3)
    cap.leave(1)
    assert cap.enter(3)


def test_lines_of_data_stay_apart() -> None:
    assert frame("progress", "<p>\na</p>", 7) == "event: progress\nid: 7\ndata: <p>\ndata: a</p>\n\n"
    assert frame("over", "", 8) == "event: over\nid: 8\ndata: \n\n"


def test_a_place_that_is_no_number_is_the_beginning(app: Flask) -> None:
    with app.test_request_context("/?after=" + "9" * 5000):
        assert last_event_id() == -1
