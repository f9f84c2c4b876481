"""The doctor's look at libraries, readers and tokens; each library in a child that may crash or hang."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from portal.connectors.token.child import ChildError, run_in_child
from portal.connectors.token.reading import list_tokens
from portal.connectors.token.slots import SlotSeen, look_at_slots
from portal.domain.contents import PinTries, TokenContents, TokenSighting

#: What was found, by the name of its advice, with the data for its words.
Found = tuple[str, dict[str, object]]

_PCSCD: Final = Path("/run/pcscd/pcscd.comm")
_OUR_KEY_ID: Final = 40  # hexadecimal digits of the key ids the portal makes
_MACHINES: Final = {0x03: "x86", 0x28: "arm", 0x3E: "x86-64", 0xB7: "arm64", 0x15: "ppc64", 0xF3: "riscv"}
_TRIES: Final = {PinTries.LOW: "pin_low", PinTries.LAST: "pin_last", PinTries.LOCKED: "pin_locked"}


def of_modules(modules: Sequence[str], patience: float) -> Iterator[Found]:
    """Everything about the tokens of this machine."""
    if not modules:
        yield "no_modules", {}
    for module in modules:
        yield from _of_module(module, patience)


def _of_module(module: str, patience: float) -> Iterator[Found]:
    if not Path(module).is_file():
        yield "module_absent", {"module": module}
        return
    found, wanted = architecture(Path(module)), architecture(Path(sys.executable))
    if found and wanted and found != wanted:
        yield "module_architecture", {"module": module, "found": found, "wanted": wanted}
        return
    try:
        slots = run_in_child(look_at_slots, patience, module)
        sightings = run_in_child(list_tokens, patience, [module])
    except ChildError as problem:
        yield _failure(problem), {"module": module, "detail": problem}
        return
    yield "module_fine", {"module": module}
    yield from _of_slots(module, slots, sightings)
    for sighting in sightings:
        yield from of_token(sighting)


def _failure(problem: ChildError) -> str:
    if problem.hung:
        return "module_hangs"
    return "module_crashes" if str(problem) == "the child died" else "module_broken"


def _of_slots(module: str, slots: Sequence[SlotSeen], sightings: Sequence[TokenSighting]) -> Iterator[Found]:
    if not slots:
        soft = "softhsm" in Path(module).name
        yield ("pcscd", {}) if not soft and not _PCSCD.exists() else ("no_readers", {"module": module})
    elif not any(slot.token for slot in slots):
        yield "no_token", {"module": module}
    for slot in slots:
        if slot.trouble:
            yield "token_trouble", {"module": module, "slot": slot.description.strip(), "detail": slot.trouble}
        elif slot.token and not slot.initialized and not sightings:  # a soft library always has a free one
            yield "uninitialized", {"module": module, "slot": slot.description.strip()}


def of_token(sighting: TokenSighting) -> Iterator[Found]:
    """Everything one token shows without its PIN."""
    who = {"serial": sighting.serial}
    if sighting.contents is None:
        yield "token_unreadable", {**who, "detail": sighting.trouble}
    else:
        yield "token_fine", {**who, "label": sighting.label.strip()}
        yield from ((code, {**who, "count": count}) for code, count in _counted(sighting.contents) if count)
    if sighting.tries in _TRIES:
        yield _TRIES[sighting.tries], dict(who)


def _counted(contents: TokenContents) -> tuple[tuple[str, int], ...]:
    certified = {one.key_id for one in contents.certificates}
    foreign = sum(len(one.key_id) != _OUR_KEY_ID for one in contents.certificates)
    keyless = sum(not one.has_key for one in contents.certificates)
    orphans = sum(key.key_id not in certified for key in contents.keys)
    return (("foreign", foreign), ("orphan_certificate", keyless), ("orphan_key", orphans))


def architecture(path: Path) -> str:
    """What kind of computer an ELF file is for; empty for anything else."""
    try:
        with path.open("rb") as file:
            head = file.read(20)
    except OSError:
        return ""
    if head[:4] != b"\x7fELF":
        return ""
    big = head[5] == 2  # noqa: PLR2004 - how ELF says it
    machine = int.from_bytes(head[18:20], "big" if big else "little")
    return f"{_MACHINES.get(machine, hex(machine))} {32 * head[4]} bit"
