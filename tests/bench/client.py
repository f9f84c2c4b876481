"""A plain browser for measurements: keeps its connection and its cookies, measures each answer."""

import http.client
import re
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final
from urllib.parse import urlencode

_TOKEN: Final = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


class Client:
    """One connection of one signed-in person."""

    def __init__(self, host: str, port: int, *, cookies: dict[str, str] | None = None) -> None:
        self._address = (host, port)
        self._connection = http.client.HTTPConnection(host, port, timeout=30)
        self.cookies = dict(cookies or {})

    def get(self, path: str, *, fragment: bool = False) -> tuple[int, str]:
        """The status and body of a page, or of its fragment."""
        extra = {"HX-Request": "true"} if fragment else {}
        return self._ask("GET", path, None, extra)

    def post(self, path: str, form: dict[str, str]) -> tuple[int, str]:
        """Send a form."""
        extra = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
        return self._ask("POST", path, urlencode(form), extra)

    def sign_in(self, login: str, password: str) -> None:
        """Sign in through the form; raises RuntimeError when that did not work."""
        _, page = self.get("/sign-in")
        status, _ = self.post("/sign-in", {"csrf_token": csrf_token(page), "login": login, "password": password})
        if status != http.client.FOUND and status != http.client.SEE_OTHER:
            message = f"sign-in answered {status}"
            raise RuntimeError(message)

    def another(self) -> "Client":
        """A second connection of the same session."""
        return Client(*self._address, cookies=self.cookies)

    def _ask(self, method: str, path: str, body: str | None, extra: dict[str, str]) -> tuple[int, str]:
        cookie = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        headers = {"Cookie": cookie, "Accept": "text/html", **extra} if cookie else {"Accept": "text/html", **extra}
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        text = answer.read().decode()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
        return answer.status, text


def csrf_token(page: str) -> str:
    """The token of the first form on a page."""
    found = _TOKEN.search(page)
    if found is None:
        message = "the page has no form with a CSRF token"
        raise RuntimeError(message)
    return found[1]


def timed(client: Client, paths: Sequence[str], *, fragment: bool, times: int) -> list[float]:
    """Milliseconds of each answer, going round the paths."""
    taken = []
    for turn in range(times):
        path = paths[turn % len(paths)]
        started = time.perf_counter()
        status, _ = client.get(path, fragment=fragment)
        taken.append((time.perf_counter() - started) * 1000)
        if status != http.client.OK:
            message = f"{path} answered {status}"
            raise RuntimeError(message)
    return taken


def together(make: Callable[[], list[float]], connections: int) -> tuple[list[float], float]:
    """Run the same work on several connections at once; all milliseconds, and answers per second."""
    results: list[list[float]] = []
    threads = [threading.Thread(target=lambda: results.append(make())) for _ in range(connections)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    passed = time.perf_counter() - started
    everything = [value for result in results for value in result]
    return everything, len(everything) / passed
