"""The configured authorities: opened when asked for, and only what is configured."""

from pathlib import Path

import pytest

from portal.connectors.authorities import ConfiguredAuthorities
from portal.connectors.ca.builtin.setup import open_authority
from portal.domain.errors import OutsideUnavailable
from tests.support.pki import CA_NAME, a_place, an_authority


def test_an_authority_appears_once_it_is_set_up(tmp_path: Path) -> None:
    place = a_place(f"sqlite:///{tmp_path}/ca/ca.db", tmp_path / "ca")
    authorities = ConfiguredAuthorities({CA_NAME: lambda: open_authority(place, CA_NAME)})
    assert authorities.get(CA_NAME) is None
    an_authority(place)
    found = authorities.get(CA_NAME)
    assert found is not None
    assert authorities.get(CA_NAME) is found
    assert authorities.get("another") is None


def test_a_store_that_is_away_is_not_taken_for_a_missing_authority() -> None:
    place = a_place("postgresql://nobody@127.0.0.1:1/none", Path("nowhere"))
    authorities = ConfiguredAuthorities({CA_NAME: lambda: open_authority(place, CA_NAME)})
    with pytest.raises(OutsideUnavailable):
        authorities.get(CA_NAME)
