"""Settings of the exchange: what can be used, and back out of what was stored."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.exchange_settings import ExchangeSettings, Transport, faults, from_plain, to_plain
from portal.domain.identity import Organization

ADAPTER = ExchangeSettings(
    address="http://adapter.key.example:7575/ws/",
    system="KEY01",
    name="АО «Ключ»",
    inn="7707083893",
    ogrn="1027700132195",
)
DIRECT = replace(ADAPTER, transport=Transport.DIRECT, system="", signer="/run/klyuchnik/sign.sock", node="one")


@pytest.mark.parametrize("good", [ADAPTER, DIRECT])
def test_good_ones(good: ExchangeSettings) -> None:
    assert faults(good) == {}
    assert good.asker == Organization("АО «Ключ»", "7707083893", "1027700132195")


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"address": "adapter"}, {"address": "bad_address_of_exchange"}),
        ({"address": "https://user@host/"}, {"address": "bad_address_of_exchange"}),
        ({"version": "2"}, {"version": "invalid"}),
        ({"node": "a b"}, {"node": "bad_name_of_exchange"}),
        ({"name": ""}, {"name": "required"}),
        ({"inn": "1"}, {"inn": "wrong_length"}),
        ({"ogrn": "1"}, {"ogrn": "wrong_length"}),
        ({"routing": "X"}, {"routing": "invalid"}),
        ({"system": ""}, {"system": "bad_name_of_exchange"}),
        ({"transport": Transport.DIRECT}, {"signer": "bad_path_of_signer"}),
    ],
)
def test_each_fault_is_named(changes: dict[str, str], fault: dict[str, str]) -> None:
    assert faults(replace(ADAPTER, **changes)) == fault  # type: ignore[arg-type]


@given(st.builds(ExchangeSettings))
def test_round_trip(settings: ExchangeSettings) -> None:
    assert from_plain(to_plain(settings)) == settings
    assert from_plain({**to_plain(settings), "of another version": "1"}) == settings
    older = to_plain(replace(settings, kept_days=180))
    del older["kept_days"]
    assert from_plain(older) == replace(settings, kept_days=180)
