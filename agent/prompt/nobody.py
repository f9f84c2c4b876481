"""No face: for a machine nobody sits at. What is told goes to the log."""

import logging
from collections.abc import Sequence

from portal.ports.token import Pin

_log = logging.getLogger("klyuchnik-agent")


class NobodyPrompt:
    """Implements Prompt; nobody ever answers."""

    asks = False

    def choose(self, _text: str, _options: Sequence[str]) -> int | None:
        return None

    def secret(self, _text: str) -> Pin | None:
        return None

    def tell(self, text: str) -> None:
        _log.warning("%s", text)

    def withdraw(self) -> None:
        """Nothing is open."""

    def close(self) -> None:
        """Nothing is open."""
