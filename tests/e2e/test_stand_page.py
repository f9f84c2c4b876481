"""The page of the stand of СМЭВ, by the accessibility rules of the portal's own pages."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.support.axe import too_wide, violations
from tests.support.smev_stand import RunningStand, running_stand
from tests.support.smev_talk import CLAIM, question, sent

pytestmark = pytest.mark.e2e


@pytest.fixture
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStand]:
    with running_stand(tmp_path_factory.mktemp("page")) as running:
        running.knows(CLAIM)
        running.ends("*", "held")
        running.goes_wrong("http:503", "find")
        sent(running.by_adapter(), question())
        yield running


def test_it_is_for_everybody(stand: RunningStand, page: Page) -> None:
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.goto(stand.url)
        assert violations(page) == []
    assert [too_wide(page, width) for width in (320, 768, 1920)] == [0, 0, 0]


def test_a_held_message_is_answered_by_a_button(stand: RunningStand, page: Page) -> None:
    page.goto(stand.url)
    page.get_by_role("button", name="Ответить сейчас").click()
    expect(page.locator("tbody")).to_contain_text("отвечено")
