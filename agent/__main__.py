"""The command `klyuchnik-agent`, and `python -m agent`."""

from agent.command import main

if __name__ == "__main__":  # every spawned child reads this file again
    main()
