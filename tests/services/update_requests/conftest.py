"""An ordered update in an office."""

import pytest

from portal.domain.ids import UpdateId
from tests.support.office import Office


@pytest.fixture
def run(office: Office) -> UpdateId:
    return office.order()
