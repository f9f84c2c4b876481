"""The command line: `klyuchnik-ca-worker SETTINGS` runs until it is stopped, `--once` does one round."""

import argparse
import logging
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from agent.ca_worker.authority import MicrosoftCa
from agent.ca_worker.journal import Journal
from agent.ca_worker.programs import runner
from agent.ca_worker.settings import Settings, SettingsError, load
from agent.ca_worker.worker import Worker
from agent.lock import HeldFile


def main(arguments: Sequence[str] | None = None) -> None:
    """What the first line of this file says; ends with 1 when a round or the settings went wrong."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    parser = argparse.ArgumentParser(prog="klyuchnik-ca-worker", description="Folders of the portal to a Microsoft CA.")
    parser.add_argument("settings", type=Path, help="a file in TOML")
    parser.add_argument("--once", action="store_true", help="one round only")
    given = parser.parse_args(arguments)
    try:
        settings = load(given.settings)
    except SettingsError as problem:
        sys.exit(str(problem))
    settings.state.mkdir(parents=True, exist_ok=True)
    hold = HeldFile(settings.state / "lock")
    if not hold.take():
        sys.exit("another worker holds this state")
    _work(settings, once=given.once)


def _work(settings: Settings, *, once: bool) -> None:
    ca = MicrosoftCa(settings.ca, settings.certreq, settings.certutil, runner(settings.limit))
    worker = Worker(settings, ca, Journal(settings.state / "journal.db"))
    well = worker.round()
    while not once:
        time.sleep(settings.every)
        worker.round()
    sys.exit(0 if well else 1)
