"""The portal of this process: made once, after the fork."""

import os
import socket
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Final

from jobs.lifeline import lifeline
from portal.bootstrap import Portal, build
from portal.db.journal import SqlUpdateJournal
from portal.services.boundaries import Observer, nobody
from portal.services.steps import HANDLERS
from portal.services.update_runner import RunnerRules, UpdateRunner
from portal.settings import Settings

SYSTEM_SOFTHSM: Final = Path("/etc/softhsm/softhsm2.conf")
#: How long a silent step may take is a setting; looking at the lease is not.
BEAT = timedelta(seconds=5)


@cache
def runtime() -> Portal:
    """The wired product, its settings read from the environment."""
    settings = Settings.from_env()
    _name_soft_tokens(settings)
    return build(settings)


def _name_soft_tokens(settings: Settings) -> None:
    """SoftHSM2 reads where its tokens are from the environment, and so does the lock on them."""
    soft = any("softhsm" in module.name for module in settings.pkcs11_modules)
    if settings.softhsm2_conf:
        os.environ["SOFTHSM2_CONF"] = str(settings.softhsm2_conf)
    elif soft and SYSTEM_SOFTHSM.is_file():
        os.environ["SOFTHSM2_CONF"] = str(SYSTEM_SOFTHSM)


def runner(portal: Portal, observe: Observer = nobody) -> UpdateRunner:
    """What carries updates forward in this process, with its lease held by a thread beside it."""
    settings = portal.settings
    rules = RunnerRules(
        owner=f"{socket.gethostname()}:{os.getpid()}", lease=settings.lease, attempts=settings.update_attempts
    )
    journal = SqlUpdateJournal(portal.database, portal.feed)
    hold = lifeline(portal.clock, beat=min(BEAT, settings.lease / 3), patience=settings.step_timeout)
    return UpdateRunner(journal, HANDLERS, portal.outside, rules, observe, hold)
