"""A real nginx that runs one of our samples, ports and places put in."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.support.processes import RigError, start

AROUND: Final = """
daemon off; master_process off; pid {folder}/pid; error_log stderr;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f;
    uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    {sample}
}}
"""


@contextmanager
def nginx(sample: Path, given: Mapping[str, str], folder: Path, ready: Callable[[], bool]) -> Iterator[None]:
    """Run the sample until the end of the block; ``given`` says what stands in place of what is in it."""
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
    if program is None:
        raise RigError("nginx is missing; bin/setup installs it")
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder, sample=_filled_in(sample.read_text(), given)))
    process = start([program, "-e", "stderr", "-c", folder / "nginx.conf", "-p", folder], folder / "log")
    try:
        process.wait_until(ready)
        yield
    finally:
        process.stop()


def _filled_in(sample: str, given: Mapping[str, str]) -> str:
    for word, value in given.items():
        assert word in sample
        sample = sample.replace(word, value)
    return sample
