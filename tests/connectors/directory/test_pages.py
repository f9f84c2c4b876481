"""A server that never comes to the end of its pages."""

from typing import Any

import ldap
import pytest
from ldap.controls import SimplePagedResultsControl

from portal.connectors.directory.ldap import wire
from portal.connectors.directory.ldap.wire import Wire
from portal.domain.connectors.ldap import ldap_settings
from portal.domain.errors import OutsideUnavailable
from portal.ports.directory import DirectoryTrouble
from tests.support.directories import TYPED


class Forgetful:
    """It begins anew each time, and says that there is more."""

    asked = 0

    def search_ext(self, *_question: object, **_how: object) -> int:
        self.asked += 1
        return self.asked

    def result4(self, number: int, *_how: object, **_more: object) -> tuple[Any, ...]:
        more = SimplePagedResultsControl(criticality=True, size=0, cookie=b"first page")
        return ldap.RES_SEARCH_RESULT, [], number, [more], None, None


def test_it_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "MOST_PAGES", 3)
    server = Forgetful()
    pages = Wire(server, ldap_settings(TYPED)).pages("dc=example", "(objectClass=*)", ["cn"])
    with pytest.raises(OutsideUnavailable) as given_up:
        list(pages)
    assert (given_up.value.code, given_up.value.data["detail"]) == (DirectoryTrouble.RUBBISH, "pages without an end")
    assert server.asked == 3
