"""The real queue server under the supervisor, and the probe of the web pages."""

import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import redis

from portal.settings import Settings
from portal.supervisor import parts
from portal.supervisor.watch import Supervisor
from tests.support.processes import temporary_folder


class Health(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/health" else 404)
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


def settings_in(folder: Path, port: int = 8080) -> Settings:
    settings = Settings.from_env({"KLYUCHNIK_DATA_DIR": str(folder), "KLYUCHNIK_LISTEN_PORT": str(port)})
    settings.run_dir.mkdir(exist_ok=True)
    return settings


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """Short enough for a socket, which a test's usual folder is not."""
    folder = temporary_folder("kly-parts-")
    yield folder
    shutil.rmtree(folder)


def test_the_queue_server_keeps_its_data_between_starts(short_folder: Path) -> None:
    settings = settings_in(short_folder)
    for start in (1, 2):
        supervisor = Supervisor({}, settings.data_dir, threading.Event())
        try:
            supervisor.start([parts.valkey(settings)])
            with redis.Redis.from_url(settings.redis_url) as client:
                assert client.incr("starts") == start
        finally:
            supervisor.stop()


def test_the_web_is_ready_when_it_says_it_is_well(tmp_path: Path) -> None:
    with HTTPServer(("127.0.0.1", 0), Health) as server:
        web = parts.web(settings_in(tmp_path, server.server_port))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        assert web.ready()
        server.shutdown()
    assert not web.ready()


def test_each_worker_is_a_process_of_its_own(tmp_path: Path) -> None:
    names = [spec.name for spec in (*parts.workers(settings_in(tmp_path)), *parts.watchers())]
    assert names == ["worker-1", "worker-2", "sweeper", "presence", "courier", "identity"]
