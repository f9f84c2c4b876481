"""Values are the same whether they are made frozen or thawed."""

from dataclasses import FrozenInstanceError, dataclass, field

import pytest

from tests.support.thawed import thawed


@dataclass(frozen=True, slots=True)
class Coin:
    worth: int
    marks: list[str] = field(default_factory=list)
    half: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        object.__setattr__(self, "half", self.worth // 2)


@dataclass(frozen=True, slots=True)
class Medal(Coin):
    motto: str = "ora"


def test_what_is_made_thawed_is_what_is_made_frozen() -> None:
    frozen = Coin(10, ["a"]), Medal(7, motto="labora"), Medal(3)
    with thawed(__name__):
        assert (Coin(10, ["a"]), Medal(7, motto="labora"), Medal(3)) == frozen
        assert Coin(4).marks is not Coin(4).marks
        with pytest.raises(TypeError):
            Coin(1, [], 5)  # type: ignore[call-arg]


def test_nothing_stays_thawed() -> None:
    with thawed(__name__):
        coin = Medal(2)
        coin.motto = "et"  # type: ignore[misc]
    assert coin.motto == "et"
    with pytest.raises(FrozenInstanceError):
        coin.motto = "non"  # type: ignore[misc]
    assert Medal(2).half == 1


def test_other_packages_stay_frozen() -> None:
    with thawed("elsewhere."), pytest.raises(FrozenInstanceError):
        Coin(1).worth = 2  # type: ignore[misc]
