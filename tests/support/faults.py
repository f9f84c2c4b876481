"""The fault module in front of SoftHSM2: tokens that break on order."""

from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

from tests.support.native import Compiler
from tests.support.tokens import SoftHsm

SOURCE = Path(__file__).parent / "p11fault" / "p11fault.c"
_fresh = count()


@dataclass(frozen=True, slots=True)
class FaultModule:
    """A PKCS#11 module that obeys rules; the words of a rule are told in p11fault.c."""

    module: Path
    folder: Path

    @property
    def env(self) -> dict[str, str]:
        """What a process that loads the module must find in its environment, beside the target's own."""
        return {
            "P11FAULT_RULES": str(self.folder / "rules"),
            "P11FAULT_PINS": str(self.folder / "pins"),
            "P11FAULT_LOG": str(self.folder / "log"),
        }

    def rules(self, *lines: str) -> None:
        """Obey these rules from the next call on, and no others."""
        draft = self.folder / f"rules-{next(_fresh)}"
        draft.write_text("".join(f"{line}\n" for line in lines))
        draft.rename(self.folder / "rules")

    def wrong_pins(self, wrong: int, limit: int = 3) -> None:
        """Count wrong PINs from here; ``limit`` of them lock the token."""
        (self.folder / "pins").write_text(f"{wrong} {limit}\n")

    def wrong_pins_so_far(self) -> int:
        return int((self.folder / "pins").read_text().split()[0])

    def calls(self, function: str = "") -> list[str]:
        """The functions called so far, in order; only one of them when it is named."""
        log = self.folder / "log"
        lines = log.read_text().splitlines() if log.exists() else []
        return [name for line in lines if (name := line.split()[1]) == function or not function]

    def forget_calls(self) -> None:
        (self.folder / "log").unlink(missing_ok=True)


def fault_module(compiler: Compiler, hsm: SoftHsm, patch: pytest.MonkeyPatch) -> FaultModule:
    """The module in front of this SoftHSM2, wired for this process and its children."""
    faults = FaultModule(compiler.module(SOURCE, "p11-kit-1"), hsm.folder / "faults")
    faults.folder.mkdir()
    patch.setenv("P11FAULT_TARGET", str(hsm.module))
    for name, value in faults.env.items():
        patch.setenv(name, value)
    faults.wrong_pins(0)
    faults.rules()
    return faults
