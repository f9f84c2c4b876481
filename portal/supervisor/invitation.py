"""Make a one-time code for an agent and print it: python -m portal.supervisor.invitation.

A process of its own, so that the memory it takes is given back.
"""

import sys

from portal.bootstrap.agents import Agency
from portal.connectors.clock import SystemClock
from portal.settings import Settings


def main() -> None:
    agency = Agency(Settings.from_env(), SystemClock())
    with agency.database:
        sys.stdout.write(agency.agent_codes.make(by="demo", comment="bin/demo").text + "\n")


if __name__ == "__main__":
    main()
