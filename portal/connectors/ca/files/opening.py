"""From what was typed to an authority behind two folders."""

import os
from pathlib import Path

from portal.connectors.ca.believing import trusted
from portal.connectors.ca.files.authority import FilesAuthority
from portal.connectors.ca.files.folders import Folders
from portal.connectors.ca.files.suspending import SuspendingFiles
from portal.connectors.ca.tracing import traced
from portal.domain.connectors.files import files_settings
from portal.ports.clock import Clock
from portal.ports.connectors import ConnectorValues, Trace, TraceStep


def opened(values: ConnectorValues, clock: Clock) -> FilesAuthority:
    """Nothing is written before the first order; raises InvalidInput or ValueError."""
    settings = files_settings(values.all)
    folders = Folders(Path(settings.folder_out), Path(settings.folder_in))
    made = SuspendingFiles if settings.holds else FilesAuthority
    return made(folders, trusted(settings.trusted), clock, settings.poll)


def checked(values: ConnectorValues, clock: Clock) -> Trace:
    """Whether a file can be put into the one folder and the other one can be read; the clock is not asked."""
    settings = files_settings(values.all)

    def put() -> str:
        probe = Path(settings.folder_out) / f".probe-{os.getpid()}"
        probe.unlink(missing_ok=True)  # of a process that died; never written through, whatever it leads to
        probe.touch(exist_ok=False)
        probe.unlink()
        return settings.folder_out

    def read() -> str:
        return f"{settings.folder_in}: {sum(1 for _one in Path(settings.folder_in).iterdir())}"

    def chain() -> str:
        return ", ".join(one.subject.rfc4514_string() for one in trusted(settings.trusted))

    del clock
    steps = ((TraceStep.FOLDER_OUT, put), (TraceStep.FOLDER_IN, read), (TraceStep.CERTIFICATES, chain))
    return traced(steps)
