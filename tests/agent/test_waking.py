"""The line on which the portal calls: whether it is held says how often one has to ask by oneself."""

from queue import SimpleQueue
from typing import cast

from agent.client import PortalLine, UnreachableError
from agent.waking import Waking
from tests.support.waiting import eventually


class Line:
    """Answers as it is told, one question each."""

    def __init__(self) -> None:
        self.answers: SimpleQueue[bool | Exception] = SimpleQueue()

    def wake(self) -> bool:
        answer = self.answers.get()
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_a_line_that_breaks_is_not_held() -> None:
    line, called = Line(), list[bool]()
    waking = Waking(lambda: cast("PortalLine", line), lambda: called.append(waking.held))
    assert not waking.held
    waking.start()
    line.answers.put(False)
    eventually(lambda: waking.held, "the portal holds the line")
    assert called == []
    line.answers.put(UnreachableError("gone"))
    eventually(lambda: not waking.held, "the line is lost")
    line.answers.put(True)
    eventually(lambda: called, "it is called")
    waking.stop()
    line.answers.put(False)
