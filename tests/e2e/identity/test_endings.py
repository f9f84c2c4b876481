"""An update with a qualified certificate, on real tokens, through each way the check of its holder may end."""

from collections.abc import Callable

import pytest

from portal.domain.update_state import UpdateStatus
from tests.e2e.identity.bureau import Bureau
from tests.e2e.identity.seats import CONFIRMED, DIRECT, NOT_FOUND, REFUTED, SILENT, Seat, mistyped
from tests.e2e.identity.walk import Walk
from tests.support.axe import violations

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

Begin = Callable[[Seat], Walk]


def by_side(seats: tuple[Seat, ...]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("seat", seats, ids=[seat.side for seat in seats])


@by_side(CONFIRMED)
def test_confirmed_goes_on_by_itself(walk: Begin, bureau: Bureau, seat: Seat) -> None:
    bureau.stand.knows(seat.claim)
    bureau.stand.ends(seat.name, "held")
    walked = walk(seat)
    walked.begins()
    walked.tells(seat.claim)
    walked.sees("Реестры опрашиваются")
    walked.sees_registers(паспорт="отправлен", СНИЛС="отправлен")
    assert bureau.certificates(seat) == 0
    bureau.stand.release()
    walked.reaches_the_end()
    assert bureau.certificates(seat) == 1
    assert bureau.pins(seat) == 1


@by_side(REFUTED)
def test_refuted_says_why_and_is_corrected(walk: Begin, bureau: Bureau, seat: Seat) -> None:
    bureau.stand.knows(seat.claim)
    walked = walk(seat)
    walked.begins()
    walked.tells(mistyped(seat.claim))
    walked.sees("Данные не подтверждены", "У человека другой паспорт", "Сертификат не заказан")
    walked.sees_registers(паспорт="не подтверждено")
    assert bureau.certificates(seat) == 0
    walked.corrects()
    walked.tells(seat.claim)
    walked.reaches_the_end()
    assert (bureau.certificates(seat), bureau.pins(seat)) == (1, 1)


@by_side(NOT_FOUND)
def test_not_found_is_cancelled(walk: Begin, bureau: Bureau, seat: Seat) -> None:
    walked = walk(seat)
    walked.begins()
    walked.forgets_most()
    assert violations(walked.page) == []
    walked.tells(seat.claim)
    walked.sees("Человек не найден в реестре", "Сверьте написание", "Сертификат не заказан")
    walked.sees_registers(паспорт="сведений нет")
    walked.cancels()
    bureau.is_over(seat, UpdateStatus.CANCELLED)
    assert bureau.certificates(seat) == 0


@by_side(SILENT)
def test_a_day_of_silence_loses_nothing(walk: Begin, bureau: Bureau, seat: Seat) -> None:
    bureau.stand.knows(seat.claim)
    bureau.stand.ends(seat.name, "held")
    walked = walk(seat)
    walked.begins()
    walked.tells(seat.claim)
    walked.sees("Реестры опрашиваются", "можно закрыть")
    walked.sees_registers(паспорт="отправлен", СНИЛС="отправлен")
    walked.closes()
    bureau.a_day_passes(seat)
    walked.comes_back()
    walked.sees("Реестр не отвечает", "Ничего не потеряно")
    bureau.stand.release()
    walked.enters_the_pin()
    walked.reaches_the_end()
    assert (bureau.certificates(seat), bureau.pins(seat)) == (1, 2)


def test_the_direct_way_ends_the_same(walk: Begin, bureau: Bureau) -> None:
    bureau.stand.knows(DIRECT.claim)
    with bureau.directly():
        walked = walk(DIRECT)
        walked.begins()
        walked.tells(DIRECT.claim)
        walked.reaches_the_end()
    assert bureau.certificates(DIRECT) == 1
