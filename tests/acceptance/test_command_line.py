"""The main job from a script: JSON in, exit codes out."""

import json
from typing import Any

import pytest

from portal.cli.console import DONE, FAILED, REFUSED, WAITS
from tests.acceptance.installation import PIN, Installation
from tests.acceptance.third_party import CERTIFICATE, OpenSc

pytestmark = pytest.mark.e2e


def told(text: str) -> Any:
    return json.loads(text)


def test_the_main_job_from_a_script(installation: Installation) -> None:
    (device,) = [one for one in installation.ask("devices", "list", "--search", "щербакова ольга") if one["type"]]
    serial = device["serial"]
    visitor = installation.visitor()
    visitor.submit(visitor.get("/admin/authority").form("mail-signature"))  # no approver: a script waits for nobody
    planned = installation.ask("updates", "plan", serial, "--optional", "Подпись почты")
    assert {finding["reason"] for finding in planned["findings"]} >= {"attribute_changed", "optional_available"}
    done = installation.command(
        *("--json", "updates", "run", serial, "--pin-stdin", "--follow", "--optional", "Подпись почты"),
        given=f"{PIN}\n",
    )
    assert done.returncode == DONE, done.stderr
    assert told(done.stdout)["update"]["status"] == "completed"
    labels = [found.label for found in OpenSc(installation.hsm, serial, PIN).objects() if found.kind == CERTIFICATE]
    assert sorted(labels) == ["Wi-Fi офиса", "Вход в домен", "Подпись почты"]
    read = installation.command("--json", "tokens", "read", serial, "--pin-stdin", given=f"{PIN}\n")
    assert sorted(one["label"] for one in told(read.stdout)["certificates"]) == sorted(labels)
    again = installation.ask("updates", "plan", serial, "--optional", "Подпись почты")
    assert {item["action"] for item in again["plan"]["items"]} <= {"keep", "leave"}


def test_a_wrong_pin_waits_a_right_one_resumes_and_a_cancelled_update_says_so(installation: Installation) -> None:
    _, serial = installation.device("Орлова")
    waits = installation.command("--json", "updates", "run", serial, "--pin-stdin", "--follow", given="99999999\n")
    number = str(told(waits.stdout)["update"]["id"])
    cancelled = installation.command("--json", "updates", "cancel", number, "--follow")
    assert (cancelled.returncode, told(cancelled.stdout)["update"]["status"]) == (FAILED, "cancelled")
    refused = installation.command("--json", "updates", "run", serial, "--pin-stdin", "--follow", given="00000000\n")
    assert refused.returncode == WAITS, refused.stderr
    row = told(refused.stdout)["update"]
    assert (row["status"], row["waiting_for"], row["why"]["trouble"]) == ("waiting", "pin", "pin_incorrect")
    repeated = installation.command("updates", "resume", str(row["id"]), "--pin-stdin", given="00000000\n")
    assert repeated.returncode == REFUSED
    assert "00000000" not in repeated.stdout + repeated.stderr
    second = installation.command("updates", "run", serial, "--pin-stdin", given=f"{PIN}\n")
    assert second.returncode == REFUSED, "one run at a time"
    resumed = installation.command("updates", "resume", str(row["id"]), "--pin-stdin", "--follow", given=f"{PIN}\n")
    assert resumed.returncode == DONE, resumed.stdout + resumed.stderr


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("devices", "show", "nobody-knows-it"), REFUSED),
        (("updates", "run", "1", "--optional", "Нет такого", "--pin-stdin"), 2),
        (("updates", "fly"), 2),
    ],
)
def test_mistakes_have_codes_of_their_own(installation: Installation, arguments: tuple[str, ...], code: int) -> None:
    done = installation.command(*arguments, given=f"{PIN}\n")
    assert done.returncode == code, done.stdout + done.stderr
    assert done.stderr
