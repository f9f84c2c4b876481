"""What a job may take beside what its process has."""

import resource

import pytest

from jobs.memory import bounded


def test_more_is_refused_and_afterwards_everything_is_as_before() -> None:
    before = resource.getrlimit(resource.RLIMIT_DATA)
    with bounded(64 << 20):
        assert len(bytearray(16 << 20)) == 16 << 20
        with pytest.raises(MemoryError):
            bytearray(256 << 20)
        with bounded(1 << 40):
            inner = resource.getrlimit(resource.RLIMIT_DATA)
            with pytest.raises(MemoryError):
                bytearray(256 << 20)
        assert resource.getrlimit(resource.RLIMIT_DATA) == inner, "an inner one allows no more than the outer"
    assert resource.getrlimit(resource.RLIMIT_DATA) == before
