"""After a storm nothing is unexplained; what is planted is found, and mended."""

from pathlib import Path

import pytest

from portal.domain.drift import Decision, DriftKind, DriftState
from portal.services.reconciliation.mending import Mending
from tests.chaos.reconciling.planting import PLANTS, forgotten_row_and_key, forgotten_write
from tests.chaos.reconciling.story import fleet, tell


def test_after_a_storm_every_certificate_has_an_owner_or_an_explained_end(tmp_path: Path) -> None:
    report = tell(tmp_path, 24, 3)
    assert report.after.wrong == []
    assert report.twice == {}
    assert report.still_open == 0
    assert report.after.ends.total() > 24


@pytest.mark.parametrize("kind", PLANTS)
def test_planted_drift_is_found_and_mended(tmp_path: Path, kind: DriftKind) -> None:
    with fleet(tmp_path, 1, 1) as world:
        device = next(iter(world.tokens))
        world.order_and_finish(device)
        assert world.reconcile() == {}, "nothing is found where nothing is wrong"
        PLANTS[kind](world, device)
        found = world.reconcile()
        assert kind.value in found
        assert world.findings(DriftState.OPEN) + world.findings(DriftState.MENDING) == []
        if kind is not DriftKind.UNKNOWN_THERE:
            assert world.opinion().wrong == []


def test_what_was_half_done_is_used_while_its_key_is_there(tmp_path: Path) -> None:
    with fleet(tmp_path, 1, 1) as world:
        device = next(iter(world.tokens))
        world.order_and_finish(device)
        forgotten_row_and_key(world, device)
        before = world.issued()
        world.clock.advance(hours=2)
        world.see(device)
        world.round()
        half_done = next(row for row in world.findings(DriftState.OPEN) if row.kind is DriftKind.HALF_DONE)
        mending = Mending(world.looking)
        assert mending.propose(half_done.id) is Decision.USE
        assert mending.decide(half_done.id, Decision.USE, actor="admin") is DriftState.MENDING
        world.finish_runs()
        world.clock.advance(minutes=2)
        assert mending.follow() == 1
        assert world.issued() == before, "the authority issued no second one"
        world.see(device)
        assert world.opinion().wrong == []


def test_one_device_alone_is_looked_at_and_its_certificate_is_kept(tmp_path: Path) -> None:
    with fleet(tmp_path, 1, 1) as world:
        device = next(iter(world.tokens))
        world.order_and_finish(device)
        forgotten_write(world, device)
        world.clock.advance(hours=2)
        world.see(device)
        assert world.looking.device(device) == 1
        (finding,) = world.findings(DriftState.OPEN)
        mending = Mending(world.looking)
        assert mending.propose(finding.id) is Decision.KEEP
        assert mending.decide(finding.id, Decision.KEEP, actor="admin") is DriftState.CLOSED
        assert world.opinion().wrong == []
        assert world.looking.device(device) == 0


def test_the_same_is_found_in_postgresql(tmp_path: Path, postgres_url: str) -> None:
    with fleet(tmp_path, 3, 2, postgres_url) as world:
        for device in world.tokens:
            world.order_and_finish(device)
        PLANTS[DriftKind.HALF_DONE](world, device)
        PLANTS[DriftKind.NOBODYS_ORDER](world, device)
        assert world.reconcile() == {"half_done": 1, "nobodys_order": 1}
        assert world.findings(DriftState.OPEN) + world.findings(DriftState.MENDING) == []
