"""Which steps a device update is made of; PINs and wiping have runs, and crash tests, of their own."""

from typing import Final

from portal.domain.update_steps import ON_TOKEN, StepKind

OF_OTHER_RUNS: Final = frozenset({StepKind.CHANGE_PIN, StepKind.RESET_PIN, StepKind.INIT_TOKEN})
UPDATE_ON_TOKEN: Final = ON_TOKEN - OF_OTHER_RUNS
