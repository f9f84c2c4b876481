"""The distribution of its own: built without the network, it holds everything it imports and nothing of the server."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.support.source_tree import ROOT
from tests.support.tokens import SoftHsm


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree of the Debian package, with the wheel in it."""
    folder = tmp_path_factory.mktemp("deb")
    _run([sys.executable, str(ROOT / "agent/packaging/build.py"), "--deb", str(folder)])
    return folder


def _run(command: list[str], **env: str) -> str:
    done = subprocess.run(
        command, cwd="/", env={**os.environ, **env}, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode in {0, 2}, done.stdout + done.stderr
    return done.stdout


def _wheel(tree: Path) -> Path:
    return next((tree / "usr/share/klyuchnik-agent").glob("*.whl"))


def test_nothing_of_the_server_goes_along(tree: Path) -> None:
    names = zipfile.ZipFile(_wheel(tree)).namelist()
    assert "agent/command.py" in names
    assert "portal/connectors/token/gateway.py" in names
    rest = {name.split("/")[1] for name in names if name.startswith("portal/")}
    assert rest == {"__init__.py", "domain", "ports", "connectors"}
    connectors = {name.split("/")[2] for name in names if name.startswith("portal/connectors/")}
    assert connectors == {"__init__.py", "x509.py", "token"}


def test_it_runs_where_only_its_own_code_is(tree: Path, tmp_path: Path, hsm: SoftHsm) -> None:
    hsm.init_token("one")
    place = tmp_path / "site"
    _run([sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(place), str(_wheel(tree))])
    program = str(place / "bin/klyuchnik-agent")
    where = "import agent, portal; print(agent.__file__, portal.__file__)"
    assert _run([sys.executable, "-c", where], PYTHONPATH=str(place)).count(str(place)) == 2
    assert "doctor" in _run([sys.executable, program, "--help"], PYTHONPATH=str(place))
    state = str(tmp_path / "state")
    examined = [
        sys.executable,
        program,
        "--state-dir",
        state,
        "--module",
        str(hsm.module),
        "--language",
        "en",
        "doctor",
    ]
    assert "“one”: readable" in _run(examined, PYTHONPATH=str(place))


def test_the_package_is_whole(tree: Path) -> None:
    files = {str(path.relative_to(tree)) for path in tree.rglob("*") if path.is_file()}
    assert {
        "usr/lib/systemd/user/klyuchnik-agent.service",
        "etc/klyuchnik-agent/agent.toml",
        "DEBIAN/control",
        "DEBIAN/postinst",
        "DEBIAN/prerm",
        "DEBIAN/conffiles",
    } <= files
    assert "@" not in (tree / "DEBIAN/control").read_text().replace("klyuchnik@example.org", "")
    made = tree.parent / "agent.deb"
    _run(["dpkg-deb", "--root-owner-group", "--build", str(tree), str(made)])
    assert "klyuchnik-agent.service" in _run(["dpkg-deb", "--contents", str(made)])
    for script in ("postinst", "prerm"):
        _run(["sh", "-n", str(tree / "DEBIAN" / script)])
