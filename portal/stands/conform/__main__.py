"""``python -m portal.stands.conform URL``: try a register against the open contract and say what it keeps to."""

import argparse
import json
import sys
from pathlib import Path

from portal.stands.conform.calling import Target
from portal.stands.conform.rounds import Result, conform

NOT_ALL: int = 6


def main() -> int:
    """0 when everything is kept to, 6 when something is not, 1 when nothing could be tried."""
    asked = _arguments().parse_args()
    try:
        target = _target(asked)
        target.meet()
        results = conform(target)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"stand conform: {error}\n")
        return 1
    sys.stdout.write(_as_json(results) if asked.json else _as_lines(results))
    return 0 if all(one.ok for one in results) else NOT_ALL


def _target(asked: argparse.Namespace) -> Target:
    secret = asked.secret_file.read_text().strip() if asked.secret_file else ""
    if bool(secret) != bool(asked.client) or not (secret or asked.certificate):
        raise ValueError("--client and --secret-file, or --certificate, are needed")
    return Target(asked.url.rstrip("/"), asked.profile, asked.client, secret, asked.certificate, asked.trust)


def _as_json(results: tuple[Result, ...]) -> str:
    told = [{"name": one.name, "ok": one.ok, "detail": one.detail} for one in results]
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"


def _as_lines(results: tuple[Result, ...]) -> str:
    lines = [f"{'ok  ' if one.ok else 'FAIL'} {one.name}{': ' if one.detail else ''}{one.detail}" for one in results]
    kept = sum(one.ok for one in results)
    return "\n".join([*lines, f"{kept} of {len(results)} checks passed"]) + "\n"


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="klyuchnik stand conform",
        description="Try a register of devices against the open contract. It adds devices of its own and removes them.",
    )
    parser.add_argument("url", help="address of the register, up to the part before /v1/")
    parser.add_argument("--profile", default="generic", help="generic or electronic_identifier [generic]")
    parser.add_argument("--client", default="", help="whom calls are signed as")
    parser.add_argument("--secret-file", type=Path, help="file with the shared secret calls are signed with")
    parser.add_argument("--certificate", type=Path, help="PEM file with a key and a certificate to show instead")
    parser.add_argument("--trust", type=Path, help="PEM file with certificates that vouch for the server")
    parser.add_argument("--json", action="store_true", help="tell the results as JSON")
    return parser


if __name__ == "__main__":
    sys.exit(main())
