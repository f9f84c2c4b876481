"""Make a one-time code for an agent and print it: python -m portal.supervisor.invitation.

A process of its own, so that the memory it takes is given back.
"""

import sys

from portal.bootstrap import build
from portal.settings import Settings


def main() -> None:
    portal = build(Settings.from_env())
    with portal.database:
        sys.stdout.write(portal.agent_codes.make(by="demo", comment="bin/demo").text + "\n")


if __name__ == "__main__":
    main()
