"""The command `klyuchnik-ca-worker`, and `python -m agent.ca_worker`."""

from agent.ca_worker.command import main

if __name__ == "__main__":
    main()
