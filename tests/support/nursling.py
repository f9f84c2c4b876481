"""A program for the nursery: says what it was given, then ends as it is told to: ``MODULE say|sleep|fork|CODE``."""

import os
import signal
import sys
import time


def main(what: str) -> None:
    """Do what is wanted."""
    if what == "say":
        handled = [number.name for number in signal.Signals if callable(signal.getsignal(number))]
        told = (os.environ.get("ONE"), sys.argv[1:], sorted(os.environ), handled, os.getsid(0) == os.getpid())
        sys.stdout.write(" ".join(map(str, told)) + "\n")
    elif what == "sleep":
        time.sleep(600)
    elif what == "fork":
        if os.fork() == 0:
            os.setpgrp()
        time.sleep(600)
    else:
        raise SystemExit(int(what))


if __name__ == "__main__":
    main(sys.argv[1])
