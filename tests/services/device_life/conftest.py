"""Devices whose life people change."""

import pytest

from tests.support.life import Life
from tests.support.office import Office


@pytest.fixture
def life(office: Office) -> Life:
    made = Life(office)
    made.issue()
    return made
