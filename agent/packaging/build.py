# ruff: noqa: INP001 - a script that lies beside what it packs, imported by nobody
"""Stage and build the workstation's program: `build.py FOLDER` makes a wheel, `build.py --deb FOLDER` a package's tree.

Only what the program imports is taken along: of the portal its rules, its messages and its way to tokens.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
#: What of the portal goes along: packages and single modules.
PARTS: Final = (
    "portal/__init__.py",
    "portal/domain",
    "portal/ports",
    "portal/connectors/__init__.py",
    "portal/connectors/x509.py",
    "portal/connectors/token",
)
_LEFT_OUT: Final = shutil.ignore_patterns("__pycache__", "packaging", "pyproject.toml", "README.md")


def stage(folder: Path) -> None:
    """Put everything the distribution is made of into this folder."""
    shutil.copytree(ROOT / "agent", folder / "agent", ignore=_LEFT_OUT)
    shutil.copy(ROOT / "agent/pyproject.toml", folder)
    for part in PARTS:
        target = folder / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, target, ignore=_LEFT_OUT)
        else:
            shutil.copy(ROOT / part, target)


def wheel(destination: Path) -> Path:
    """Build the wheel with what is installed here; answers its path."""
    destination.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        stage(Path(place))
        command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
        subprocess.run([*command, "--wheel-dir", str(destination), place], check=True)  # noqa: S603  our own words
    return next(destination.glob("klyuchnik_agent-*.whl"))


def package_tree(folder: Path) -> None:
    """Lay out what `dpkg-deb --build` takes: the wheel, the unit, the settings, and what makes the program of them."""
    made = wheel(folder / "usr/share/klyuchnik-agent")
    version = made.name.split("-")[1]
    for source, target in {
        "klyuchnik-agent.service": "usr/lib/systemd/user/klyuchnik-agent.service",
        "agent.toml": "etc/klyuchnik-agent/agent.toml",
        "debian/conffiles": "DEBIAN/conffiles",
        "debian/postinst": "DEBIAN/postinst",
        "debian/prerm": "DEBIAN/prerm",
    }.items():
        (folder / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(Path(__file__).parent / source, folder / target)
    control = (Path(__file__).parent / "debian/control").read_text().replace("@VERSION@", version)
    (folder / "DEBIAN/control").write_text(control)
    for script in ("postinst", "prerm"):
        (folder / "DEBIAN" / script).chmod(0o755)


def main() -> None:
    """What the first lines of this file say."""
    *flags, folder = sys.argv[1:]
    if flags == ["--deb"]:
        package_tree(Path(folder))
    else:
        wheel(Path(folder))


if __name__ == "__main__":
    main()
