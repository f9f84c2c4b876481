"""Killed before or after any commit and any effect, over a real line: each register is asked once and answers once."""

from collections.abc import Callable, Iterator

import pytest

from portal.connectors.clock import SystemClock
from portal.connectors.smev.signers.sidecar import SidecarSigner
from portal.domain.identity_check import Verdict
from tests.services.identity_bureau import BOTH
from tests.services.identity_line import TRUTH, WOMAN, Line, Watched, WatchedFinder
from tests.services.test_identity_crashes import Fuse, Fused, PowerCut
from tests.support.office import Office
from tests.support.smev_stand import RunningStand, running_stand

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
EFFECTS = {"before send", "after send", "before take", "after take", "before confirm", "after confirm"}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStand]:
    with running_stand(tmp_path_factory.mktemp("crashes")) as stand:
        stand.order("book", entries=[WOMAN | TRUTH])
        yield stand


@pytest.fixture(scope="module")
def signer(running: RunningStand) -> Iterator[SidecarSigner]:
    with running.signing() as client:
        yield client


@pytest.fixture(params=["direct", "adapter"])
def line(request: pytest.FixtureRequest, office: Office, running: RunningStand) -> Iterator[Line]:
    office.database.__class__ = Fused
    office.database.fuse = Fuse()  # type: ignore[attr-defined]
    if request.param == "adapter":
        adapter = running.by_adapter()
        yield Line(office, running, WatchedFinder(adapter))
        adapter.endpoint._drop()
    else:
        direct = running.directly(request.getfixturevalue("signer"), SystemClock())
        yield Line(office, running, Watched(direct))
        direct.endpoint._drop()


def test_every_moment(line: Line) -> None:
    """The moments are counted by a run in which nothing happens; then each of them is the last one once."""
    moments = lived(line, -1)
    assert set(moments) >= EFFECTS | {"before commit", "after commit"}
    for moment in range(len(moments)):
        line.stand.forget()
        line.office.clock.advance(days=31)
        lived(line, moment)


def lived(line: Line, at: int) -> list[str]:
    """One check with the power cut at this moment; the moments there were."""
    application = line.bureau.start()
    fuse = Fuse(at)
    _light(line, fuse, fuse.pass_by)
    if at < 0:
        line.round()
    else:
        with pytest.raises(PowerCut):
            line.round()
    _light(line, Fuse(), lambda _: None)
    assert line.live(application) is Verdict.CONFIRMED
    assert line.allowed(f"n{at}")
    line.settle()
    assert [line.sent_by(service) for service in BOTH] == [1, 1]
    assert line.stand.state()["waiting"] == 0
    questions = {question.id for question in line.bureau.questions(application).values()}
    ours = [row for row in line.bureau.answers() if row.question_id in questions]
    assert len(ours) == len(BOTH)
    assert all(row.acknowledged_at for row in ours)
    return fuse.passed


def _light(line: Line, fuse: Fuse, hook: Callable[[str], None]) -> None:
    line.office.database.fuse = fuse  # type: ignore[attr-defined]
    line.exchange.hook = hook
