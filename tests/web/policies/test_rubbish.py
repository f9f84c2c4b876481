"""Whatever is sent to the editor is answered in words."""

import re
from collections.abc import Callable

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.db.queries.policy_drafts import DraftRow
from portal.domain.ids import DraftId
from tests.web.policies.editing import DRAFT, SECTIONS
from tests.web.visits import Visit

VALUES = st.one_of(
    st.text(max_size=30), st.integers(-(10**9), 10**30).map(str), st.sampled_from(["y", "on", "{cn}", "{"])
)
FORMS = st.dictionaries(
    st.sampled_from(
        [
            *(
                "name",
                "tracking",
                "per_person",
                "pin_min_length",
                "pin_max_length",
                "types",
                "common",
                "how",
                "secret_net",
            ),
            *("ca_template", "algorithm", "renewal_days", "subject_field", "subject_pattern", "alternative_field"),
            *("alternative_pattern", "tracked", "do", "way", "person", "optional", "escrow"),
        ]
    ),
    st.lists(VALUES, max_size=3),
)
PLACES = st.sampled_from(
    [
        *(f"sections/{name}" for name in SECTIONS),
        "templates/new",
        "templates/0",
        "templates/preview",
        "templates/0/move",
    ]
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=PLACES, form=FORMS, stale=st.booleans())
def test_whatever_is_sent_gets_an_answer_in_words(
    admin: Visit, draft: Callable[[], DraftRow], place: str, form: dict[str, list[str]], stale: bool
) -> None:
    revision = "x" if stale else str(draft().revision)
    response = admin.post(f"{DRAFT}/{place}", {**form, "revision": revision})
    no_text = any("\0" in value for values in form.values() for value in values)
    answers = {400} if no_text else {200, 303, 404, 409, 422}
    assert response.status_code in answers, (place, form, response.status)
    assert not re.search(r"Traceback|incident", response.text)
    assert draft().id == DraftId(1)
