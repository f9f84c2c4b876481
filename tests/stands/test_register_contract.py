"""The written contract, the stand and the conformance test say the same."""

import re
from pathlib import Path

from portal.connectors.registers.contract.talk import REFUSALS as KNOWN
from portal.stands.conform.trial import CODES
from portal.stands.registers.problems import PROBLEMS
from portal.web.words.register_refusals import REFUSALS

WRITTEN = (Path(__file__).parents[2] / "docs" / "api" / "device-register.openapi.yaml").read_text()


def test_the_list_of_codes_is_the_same_everywhere() -> None:
    listed = re.findall(r"^ {8}- (\w+)$", WRITTEN[WRITTEN.index("      enum:\n        - ") :], re.MULTILINE)
    assert listed == list(dict.fromkeys(listed))
    assert {code: status for code, (status, _retryable) in PROBLEMS.items()} == CODES
    assert set(listed) == set(CODES)
    described = " ".join(WRITTEN[WRITTEN.index("        400 bad_request") : WRITTEN.index("      enum:\n")].split())
    told = re.findall(r"(\d{3}) ([a-z_, ]+)", described)
    assert {code: int(status) for status, codes in told for code in codes.strip(" ,").split(", ")} == CODES


def test_every_path_is_described() -> None:
    paths = re.findall(r"^  (/v1/\S+):$", WRITTEN, re.MULTILINE)
    assert paths == ["/v1/devices/{uid}", "/v1/operations/{id}", "/v1/health", "/v1/capabilities"]


def test_refusals_with_words_are_among_the_codes() -> None:
    assert set(CODES) >= KNOWN
    assert set(REFUSALS) == KNOWN | {"operation_failed", "said_no"}
