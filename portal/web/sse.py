"""Progress streams: frames, heartbeats, replay after Last-Event-ID, caps; the journal is the truth, the feed a hint."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final, Protocol

from flask import Response, current_app, request, stream_with_context

from portal.domain.errors import NotFound

LOOK: Final = 5.0  # seconds between two looks at rights and journal when nothing is announced
BEATS: Final = 3  # a comment after so many silent looks keeps proxies from closing: 15 seconds
#: Seconds between two frames: steps may follow one another faster than a browser draws them, and it would fall behind.
PACE: Final = 0.01
LIFE: Final = 60.0  # then the browser connects again, and takes up where it was
RETRY: Final = "retry: 1500\n\n"
LONGEST_NUMBER: Final = 18  # no journal is longer
PER_PERSON: Final = 6  # what a browser opens to one host over HTTP/1.1


#: Something whenever there is news, None when nothing came for so many seconds.
Listen = Callable[[float], Iterator[int | None]]


class Numbered(Protocol):
    """A view value that knows its place in the journal and whether more can come.

    ``mark`` changes with what is shown beside the journal.
    """

    @property
    def sequence(self) -> int: ...

    @property
    def mark(self) -> str: ...

    @property
    def over(self) -> bool: ...


@dataclass(slots=True)
class StreamCap:
    """Counts open streams; pages must always find a free thread."""

    total: int
    per_person: int = PER_PERSON
    _open: Counter[int] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def enter(self, person: int) -> bool:
        """Take a place; False when there is none."""
        with self._lock:
            if self._open.total() >= self.total or self._open[person] >= self.per_person:
                return False
            self._open[person] += 1
            return True

    def leave(self, person: int) -> None:
        """Give the place back."""
        with self._lock:
            self._open[person] -= 1
            if self._open[person] <= 0:
                del self._open[person]


@dataclass(frozen=True, slots=True)
class Stream:
    """The progress of something for one person: ``load`` reads it, ``allowed`` asks again whether he may see it.

    ``listen`` waits for news of it, for so many seconds at a time.
    """

    listen: Listen
    template: str
    load: Callable[[], Numbered]
    allowed: Callable[[], bool]
    life: float = LIFE
    look: float = LOOK

    def events(self, seen: int, mark: str = "") -> Iterator[str]:
        """Frames until it is over, the rights are gone or the stream has lived long enough."""
        listener = self.listen(self.look)
        end = time.monotonic() + self.life
        fragment = current_app.jinja_env.get_template(self.template)  # it needs nothing of the frame of a page
        silent, drawn = 0, 0.0
        yield RETRY
        while True:
            view = self._look()
            if view is None:
                yield frame("over", "", seen)
                return
            if view.sequence > seen or view.mark != mark:
                seen, mark, silent = view.sequence, view.mark, 0
                yield frame("progress", fragment.render(progress=view), seen)
                drawn = time.monotonic()
            if view.over:
                yield frame("over", "", seen)
                return
            silent += next(listener, None) is None
            if silent >= BEATS:
                silent = 0
                yield ": still here\n\n"
            if time.monotonic() > end:
                return
            time.sleep(max(0.0, drawn + PACE - time.monotonic()))  # the next frame tells what came meanwhile, too
            if not self.allowed():
                yield frame("over", "", seen)
                return

    def _look(self) -> Numbered | None:
        # a device may change hands while its update is being watched
        try:
            return self.load()
        except NotFound:
            return None


def event_stream(stream: Stream, *, cap: StreamCap, person: int) -> Response:
    """The stream as a response; 503 when all places are taken, the page then asks from time to time."""
    if not cap.enter(person):
        return Response(status=503, headers={"Retry-After": "10"})

    body = stream_with_context(stream.events(last_event_id(), request.args.get("mark", "")))
    response = Response(body, mimetype="text/event-stream")
    response.headers["X-Accel-Buffering"] = "no"
    response.call_on_close(lambda: cap.leave(person))  # also when the browser left before the first byte
    return response


def last_event_id() -> int:
    """The last number this page has: the browser's on a reconnect, else the one the page was drawn with."""
    raw = request.headers.get("Last-Event-ID") or request.args.get("after", "")
    return int(raw) if raw.isascii() and raw.isdecimal() and len(raw) <= LONGEST_NUMBER else -1


def frame(event: str, data: str, number: int) -> str:
    """One event in the form of the standard: each line of data on its own."""
    lines = "".join(f"data: {line}\n" for line in data.splitlines() or [""])
    return f"event: {event}\nid: {number}\n{lines}\n"
