"""The web server's processes: kept connections are shared out evenly, and who goes on asking is answered at once."""

import mmap
import select
import time
from typing import Any, Final

from gunicorn.workers.gthread import TConn, ThreadWorker

#: Places for the processes of one server; two whose numbers lie so far apart would share one, and be less even.
_PLACES: Final = 64
#: What was said longer ago is of a process that is gone; a living one says it every second.
_FRESH_NS: Final = 3_000_000_000
#: How long a process leaves a new connection to one that has fewer, and how often it looks meanwhile.
_COURTESY: Final = 5
_MOMENT: Final = 0.001
#: How long a thread waits for the next request of a connection it has just answered, in milliseconds.
_LINGER: Final = 5


class Board:
    """How many connections each process has, in memory that all of them share since before the fork."""

    def __init__(self) -> None:
        self._cells: Any = memoryview(mmap.mmap(-1, _PLACES * 16)).cast("q")

    def tell(self, place: int, connections: int) -> None:
        """A process says what it has."""
        cell = place % _PLACES * 2
        self._cells[cell] = connections
        self._cells[cell + 1] = time.monotonic_ns()

    def leave(self, place: int) -> None:
        """A process takes no connections for now."""
        self._cells[place % _PLACES * 2 + 1] = 0

    def fewest(self, place: int) -> int | None:
        """The least any other process has that takes connections; None when there is no other."""
        since = time.monotonic_ns() - _FRESH_NS
        cells = self._cells.tolist()
        own = place % _PLACES * 2
        told = [cells[cell] for cell in range(0, len(cells), 2) if cell != own and cells[cell + 1] > since]
        return min(told, default=None)


_BOARD: Final = Board()


class EvenWorker(ThreadWorker):  # type: ignore[misc]
    """Gunicorn's threaded process; all listen on one socket, and whoever has more connections lets others go first."""

    def notify(self) -> None:
        """Once a second at least: we are here."""
        super().notify()
        if self._accepting:
            _BOARD.tell(self.age, self.nr_conns)

    def set_accept_enabled(self, enabled: bool) -> None:  # noqa: FBT001  gunicorn's own
        """Begin or cease to take connections."""
        super().set_accept_enabled(enabled)
        if not enabled:
            _BOARD.leave(self.age)

    def accept(self, listener: Any) -> None:
        """Take a connection, unless somebody else takes it who has fewer."""
        for _ in range(_COURTESY):
            fewest = _BOARD.fewest(self.age)
            if fewest is None or fewest >= self.nr_conns:
                break
            time.sleep(_MOMENT)
        super().accept(listener)  # nothing happens if it was taken
        _BOARD.tell(self.age, self.nr_conns)

    def handle(self, conn: TConn) -> Any:
        """Answer a request, and those that follow closely: the way back to the main thread costs more than waiting."""
        answered = super().handle(conn)
        while answered is True and self.alive and _asks_again(conn):
            answered = super().handle(conn)
        return answered


def _asks_again(conn: TConn) -> bool:
    """Whether the next request is there, or comes in a moment."""
    if conn.parser.unreader.buf.getvalue():
        return False  # read ahead already: gunicorn minds it
    waiting = select.poll()
    waiting.register(conn.sock, select.POLLIN)
    return bool(waiting.poll(_LINGER))
