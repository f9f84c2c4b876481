"""A round of all checks."""

from contextlib import suppress
from dataclasses import dataclass

from portal.stands.conform.calling import Broken, Target
from portal.stands.conform.checks import CHECKS, OF_SIGNATURES, Check
from portal.stands.conform.trial import Trial


@dataclass(frozen=True, slots=True)
class Result:
    """How one check went."""

    name: str
    ok: bool
    detail: str = ""


def conform(target: Target) -> tuple[Result, ...]:
    """Make every check that can be made; the device of the trial is gone at the end."""
    trial = Trial(target)
    wanted = [check for check in CHECKS if target.client or check not in OF_SIGNATURES]
    try:
        return tuple(_tried(check, trial) for check in wanted)
    finally:
        with suppress(Broken):
            trial.delete()


def _tried(check: Check, trial: Trial) -> Result:
    name = check.__name__.replace("_", " ")
    try:
        check(trial)
    except Broken as error:
        return Result(name, ok=False, detail=str(error)[:300])
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        return Result(name, ok=False, detail=f"an answer of another form: {error!r}"[:300])
    return Result(name, ok=True)
