"""What a process has in memory after it loaded its part of the portal, seen in a fresh interpreter."""

import json
import subprocess
import sys

import pytest

from tests.support.source_tree import ROOT

SHOW = "import json, sys; import {module}; print(json.dumps(sorted(sys.modules)))"


def loaded_with(module: str) -> set[str]:
    command = [sys.executable, "-c", SHOW.format(module=module)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, cwd=ROOT, check=True)
    return set(json.loads(done.stdout))


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("portal.app", {"pkcs11", "portal.connectors.token.gateway"}),
        ("portal.domain.update_plan", {"flask", "sqlalchemy", "redis", "cryptography"}),
        ("portal.ports.token", {"flask", "sqlalchemy", "redis", "cryptography", "pkcs11"}),
        ("portal.front.server", {"flask", "sqlalchemy", "rq", "pkcs11", "portal.app"}),
        ("jobs.updates", {"flask", "pkcs11._pkcs11", "portal.app"}),
        ("jobs.sweeper", {"flask", "pkcs11", "portal.app"}),
        ("portal.supervisor.demo", {"flask", "sqlalchemy", "redis", "rq", "cryptography"}),
    ],
)
def test_a_process_loads_only_what_it_needs(module: str, absent: set[str]) -> None:
    assert not absent & loaded_with(module)
