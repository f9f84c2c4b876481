"""The command line of bin/demo."""

import os
from pathlib import Path

import click

from portal.settings import SettingsError
from portal.supervisor.demo import DemoError, Options, default_folder, run
from portal.supervisor.place import PlaceError
from portal.supervisor.watch import StartFailed

PORTS = click.IntRange(1, 65535)


@click.command(help="Run the whole portal on this machine with demonstration data, until Ctrl-C.")
@click.option("--port", type=PORTS, default=8080, show_default=True, help="Port of the web pages.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--data", type=click.Path(path_type=Path), help="Folder of the data; kept between starts. [var/demo]")
@click.option("--reset", is_flag=True, help="Throw the data away and start over.")
def main(port: int, host: str, data: Path | None, reset: bool) -> None:  # noqa: FBT001  click hands a flag over
    folder = (data or default_folder()).expanduser().resolve()
    try:
        run(Options(folder, host, port, reset), os.environ)
    except (DemoError, PlaceError, SettingsError, StartFailed) as error:
        raise click.ClickException(str(error)) from None


if __name__ == "__main__":
    main(prog_name="bin/demo")
