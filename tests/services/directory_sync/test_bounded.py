"""A directory that would take all the memory of the machine."""

import pytest

from portal.domain.directory_sync import SyncState
from portal.ports.directory import DirectoryTrouble, Reading
from tests.support.directories import Follower


def test_one_that_needs_more_memory_than_there_is_fails_and_says_so(
    here: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(_cursor: str = "") -> Reading:
        raise MemoryError

    monkeypatch.setattr(here.source, "read", read)
    failed = here.sync()
    assert (failed.state, failed.fault) == (SyncState.FAILED, DirectoryTrouble.RUBBISH)
    assert "memory" in failed.detail
    monkeypatch.undo()
    here.clock.advance(minutes=10)
    assert here.sync().state is SyncState.DONE
