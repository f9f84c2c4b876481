"""How much memory a job may take beside what its process has: a counterpart must not be able to take the machine's."""

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

#: A directory of a million people is read with less; one message that needs more is none.
DIRECTORY: Final = 2 << 30
_STATM: Final = Path("/proc/self/statm")


@contextmanager
def bounded(most: int) -> Iterator[None]:
    """Within it this process, which has to be the job's own, takes so many octets more at most; else MemoryError.

    Libraries written in C are held to it as well. What is mapped of files does not count.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = (_taken() + most, soft, hard)
    limit = min(one for one in wanted if one != resource.RLIM_INFINITY)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def _taken() -> int:
    data_and_stack = int(_STATM.read_text().split()[5])
    return data_and_stack * os.sysconf("SC_PAGE_SIZE")
