"""One signed-in session for all token steps of a run."""

from contextlib import ExitStack

from portal.ports.token import PinSource, TokenDesk, TokenGateway


class TokenSession:
    """Opens the token when the first step needs it; the stack closes it at the end of the run."""

    def __init__(self, desk: TokenDesk, serial: str, pins: PinSource, stack: ExitStack) -> None:
        self._desk = desk
        self._serial = serial
        self._pins = pins
        self._stack = stack
        self._gateway: TokenGateway | None = None

    def __call__(self) -> TokenGateway:
        """The gateway, the same for the whole run."""
        if self._gateway is None:
            self._gateway = self._stack.enter_context(self._desk.gateway(self._serial, self._pins))
        return self._gateway
