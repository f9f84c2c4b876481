"""What the administrator's PIN opens: a new PIN, an empty token."""

from dataclasses import replace

from portal.domain.outcomes import Absent, WaitingFor
from portal.domain.troubles import Trouble
from portal.ports.token import InitToken, Pin, ReadContents, ResetPin
from tests.contracts.token_gateway.rigs import Rig, contents_of, done, issued, refused
from tests.support.tokens import SO_PIN


def test_the_administrator_sets_the_pin_anew(rig: Rig) -> None:
    with rig.open("87654321") as gateway:
        done(gateway.carry_out(ResetPin(Pin(SO_PIN))))
        contents_of(gateway)
    with rig.open("87654321") as gateway:
        contents_of(gateway)
        assert gateway.effect_of(ResetPin(Pin(SO_PIN))) == Absent()


def test_a_locked_pin_is_free_after_the_reset(rig: Rig) -> None:
    if rig.wrong_pins is None:
        return
    rig.wrong_pins(3)
    with rig.open() as gateway:
        refused(gateway.carry_out(ReadContents()), Trouble.PIN_LOCKED)
    with rig.open("87654321") as gateway:
        done(gateway.carry_out(ResetPin(Pin(SO_PIN))))
        contents_of(gateway)


def test_a_wrong_administrator_pin_changes_nothing(rig: Rig) -> None:
    with rig.open("87654321") as gateway:
        assert refused(gateway.carry_out(ResetPin(Pin("00000000"))), Trouble.SO_PIN_REFUSED).permanent
    with rig.open() as gateway:
        contents_of(gateway)
        refused(gateway.carry_out(ResetPin(Pin("00000000"))), Trouble.SO_PIN_REFUSED)


NEW_SO = Pin("910573482611")


def test_a_wiped_token_is_empty_and_has_new_pins(rig: Rig) -> None:
    with rig.open() as gateway:
        issued(gateway)
        before = contents_of(gateway).content_hash()
    with rig.open("87654321") as gateway:
        done(gateway.carry_out(InitToken("Ключ", before, Pin(SO_PIN), NEW_SO)))
        contents = contents_of(gateway)
        assert (contents.serial, contents.certificates, contents.keys) == (rig.serial, (), ())
    with rig.open("87654321") as gateway:
        assert gateway.effect_of(InitToken("Ключ", before, Pin(SO_PIN), NEW_SO)) == Absent()
        done(gateway.carry_out(InitToken("Ключ", before, Pin(SO_PIN), NEW_SO, doubtful=True)))
    with rig.open("55554444") as gateway:
        done(gateway.carry_out(ResetPin(NEW_SO)))


def test_a_token_that_carries_something_else_is_not_wiped(rig: Rig) -> None:
    with rig.open() as gateway:
        issued(gateway)
        before = contents_of(gateway)
    with rig.open("87654321") as gateway:
        refused(gateway.carry_out(InitToken("Ключ", "00", Pin(SO_PIN), NEW_SO)), Trouble.CONTENTS_CHANGED)
    with rig.open() as gateway:
        assert contents_of(gateway) == before


def test_neither_a_wrong_administrator_pin_nor_none_at_all_wipes(rig: Rig) -> None:
    with rig.open() as gateway:
        issued(gateway)
        before = contents_of(gateway)
    order = InitToken("Ключ", before.content_hash(), Pin("00000000"), NEW_SO)
    with rig.open("87654321") as gateway:
        assert refused(gateway.carry_out(order), Trouble.SO_PIN_REFUSED).permanent
    with rig.open(None) as gateway:
        refused(gateway.carry_out(replace(order, so_pin=Pin(SO_PIN))), Trouble.PIN_NEEDED)
    with rig.open() as gateway:
        assert contents_of(gateway) == before


def test_without_a_pin_nothing_is_reset(rig: Rig) -> None:
    with rig.open(None) as gateway:
        assert refused(gateway.carry_out(ResetPin(Pin(SO_PIN))), Trouble.PIN_NEEDED).whom is WaitingFor.PIN
    with rig.open() as gateway:
        contents_of(gateway)
