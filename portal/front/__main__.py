"""The command: python -m portal.front, set up by the same environment as the portal."""

import asyncio
import resource
import signal
import sys

from portal.connectors.agent_waits_redis import AgentWaits
from portal.connectors.agents.authority import SealedAgentAuthority
from portal.connectors.agents.front_key import FrontCertificate
from portal.connectors.agents.order_key import OrderKey
from portal.connectors.agents.safe import Safe
from portal.connectors.clock import SystemClock
from portal.connectors.vault_local import LocalVault
from portal.front.forwarding import Forwarding
from portal.front.server import Front, Listeners, serve
from portal.front.visitors import Doorman
from portal.ports.vault import Vault
from portal.settings import PREFIX, Settings


def main() -> None:
    """Serve until asked to stop."""
    settings = Settings.from_env()
    if not (settings.agents_port or settings.wake_port):
        sys.exit(f"set {PREFIX}AGENTS_PORT or {PREFIX}WAKE_PORT: without a port nobody is served")
    _allow_open_files()
    asyncio.run(_run(settings))


async def _run(settings: Settings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    authority = _authority(settings)
    doorman = Doorman(authority, settings.front_secret())
    portal = f"http://{_host(settings.listen_host)}:{settings.listen_port}"
    front = Front(AgentWaits(settings.redis_url), doorman, Forwarding(portal, doorman))
    listeners = Listeners(settings.listen_host, settings.agents_port, settings.wake_port)
    await serve(front, listeners, FrontCertificate(authority, settings.agents_hosts), stop)


def _allow_open_files() -> None:
    """As many as we may have: each workstation that waits holds one, and what a service starts with is 1 024."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


class ClosedVault:
    """Opens nothing: who only holds waiting workstations needs no key, and may run where the master key is not."""

    def seal(self, plain: bytes, *, context: str) -> bytes:  # noqa: ARG002  nothing is
        raise ValueError(f"{context} stays closed")

    def open(self, sealed: bytes, *, context: str) -> bytes:  # noqa: ARG002
        raise ValueError(f"{context} stays closed")


def _authority(settings: Settings) -> SealedAgentAuthority:
    vault: Vault = LocalVault(settings.master_key()) if settings.agents_port else ClosedVault()
    safe = Safe(settings.data_dir / "agents", vault)
    return SealedAgentAuthority(safe, OrderKey(safe), SystemClock(), settings.base_url)


def _host(name: str) -> str:
    """Where the web listens, as we reach it."""
    name = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(name, name)  # noqa: S104  recognised, not bound
    return f"[{name}]" if ":" in name else name


if __name__ == "__main__":
    main()
