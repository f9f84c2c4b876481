"""Somebody at the portal without scripts: cookies, forms, links; remembers every answer."""

import re
import threading
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from typing import Final
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin
from urllib.request import HTTPCookieProcessor, OpenerDirector, ProxyHandler, build_opener

PATIENCE: Final = 180
Fields = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of the server, redirects followed."""

    status: int
    url: str
    html: str

    @property
    def text(self) -> str:
        """What a person reads, with single spaces."""
        reader = _Reader()
        reader.feed(self.html)
        return " ".join(" ".join(reader.words).split())

    def form(self, action: str) -> "Form":
        """The form whose address contains this."""
        reader = _Reader()
        reader.feed(self.html)
        return next(form for form in reader.forms if action in form.action)

    def forms(self) -> list[str]:
        """The addresses of all forms."""
        reader = _Reader()
        reader.feed(self.html)
        return [form.action for form in reader.forms]


@dataclass(slots=True)
class Form:
    """A form as it would be sent without touching it."""

    action: str
    method: str
    fields: Fields = field(default_factory=list)

    def filled(self, **values: str) -> Fields:
        """The fields with these typed in."""
        return [pair for pair in self.fields if pair[0] not in values] + list(values.items())


class Visitor:
    """A browser profile of its own."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._opener: OpenerDirector = build_opener(ProxyHandler({}), HTTPCookieProcessor(CookieJar()))
        self.answers: list[str] = []

    def get(self, address: str, **headers: str) -> Answer:
        """Open an address."""
        return self._send(address, None, headers)

    def submit(self, form: Form, **values: str) -> Answer:
        """Send a form."""
        fields = form.filled(**values)
        if form.method == "get":
            return self._send(f"{form.action}?{urlencode(fields)}", None, {})
        return self._send(form.action, urlencode(fields).encode(), {})

    def sign_in(self, login: str, password: str) -> Answer:
        """Sign in as somebody."""
        answer = self.submit(self.get("/sign-in").form("/sign-in"), login=login, password=password)
        assert answer.url.endswith("/admin/"), answer.text
        return answer

    def pin_page(self, device: int, *optional: str) -> Answer:
        """From the plan of a device to the step that asks for the PIN, choosing optional certificates by name."""
        plan = self.get(f"/admin/devices/{device}/updates/new")
        form = plan.form("/updates/pin")
        form.fields += [box for name in optional if (box := _box(plan.html, name)) not in form.fields]
        answer = self.submit(form)
        assert "pin" in answer.url, answer.text
        return answer

    def order(self, device: int, pin: str, *optional: str) -> tuple[int, Answer]:
        """Order an update and hand over the PIN; answers the update's number and its page."""
        answer = self.submit(self.pin_page(device, *optional).form(f"/devices/{device}/updates"), pin=pin)
        return update_number(answer), answer

    def enter_pin(self, update: int, pin: str) -> Answer:
        """The PIN once more, on the page of a waiting update."""
        return self.submit(self.run(update).form("/pin"), pin=pin)

    def run(self, update: int) -> Answer:
        """The page of an update."""
        return self.get(f"/admin/updates/{update}")

    def listen(self, update: int, lines: list[str], over: threading.Event) -> None:
        """Read the stream of an update until it ends or somebody says so."""
        with self._opener.open(f"{self._address}/admin/updates/{update}/events", timeout=PATIENCE) as stream:
            for line in stream:
                lines.append(line.decode())
                if over.is_set() or line.startswith(b"event: over"):
                    return

    def _send(self, address: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        self._opener.addheaders = [(name.replace("_", "-"), value) for name, value in headers.items()]
        try:
            with self._opener.open(urljoin(self._address, address), body, timeout=PATIENCE) as answer:
                got = Answer(answer.status, answer.url, answer.read().decode())
        except HTTPError as refusal:
            got = Answer(refusal.code, refusal.url or address, refusal.read().decode())
        self.answers.append(got.html)
        return got


def update_number(answer: Answer) -> int:
    """The number of the update whose page this is."""
    found = re.search(r"/admin/updates/(\d+)", answer.url)
    assert found, f"{answer.status} {answer.url}: {answer.text[:400]}"
    return int(found[1])


def _box(html: str, label: str) -> tuple[str, str]:
    """Name and value of the checkbox with this label."""
    reader = _Reader()
    reader.feed(html)
    return next(box for box, text in reader.boxes if label in text)


class _Reader(HTMLParser):
    """The words, the forms and the labelled checkboxes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.forms: list[Form] = []
        self.boxes: list[tuple[tuple[str, str], str]] = []
        self._box: tuple[str, str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(given.get("action", ""), given.get("method", "get").lower()))
        elif tag == "input":
            self._take_input(given)

    def _take_input(self, given: dict[str, str]) -> None:
        pair = (given.get("name", ""), given.get("value", ""))
        if given.get("type") == "checkbox":
            self._box = pair
            if "checked" not in given:
                return
        if self.forms and pair[0]:
            self.forms[-1].fields.append(pair)

    def handle_data(self, data: str) -> None:
        self.words.append(data)
        if self._box is not None and data.strip():
            self.boxes.append((self._box, data.strip()))
            self._box = None
