"""The pictures of the documentation, made from a running installation: ``bin/screenshots``."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Literal

import click
from playwright.sync_api import Page, ViewportSize, expect

from portal.domain.update_steps import StepKind
from portal.services.boundaries import Boundary
from portal.supervisor import parts
from tests.acceptance.installation import PIN, ROOT, Installation, Variation, eventually, prepare, running
from tests.acceptance.worker import VARIABLE, Orders
from tests.support.browser import chromium, reload_until
from tests.support.ports import free_port
from tests.support.processes import temporary_folder

IMAGES: Final = Path(__file__).parents[2] / "docs" / "images"
SIZE: Final[ViewportSize] = {"width": 1120, "height": 760}
LONG: Final = 60_000
Shoot = Callable[..., None]
Scheme = Literal["light", "dark"]


@click.command(help="Make the pictures of the documentation again.")
@click.option("--folder", type=click.Path(path_type=Path), default=IMAGES, help="Where to put them. [docs/images]")
@click.option("--scheme", type=click.Choice(["light", "dark"]), default="light", show_default=True)
def main(folder: Path, scheme: Scheme) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with _installation() as (installation, orders), chromium() as browser:
        look: dict[str, Any] = {"locale": "ru-RU", "viewport": SIZE, "color_scheme": scheme, "reduced_motion": "reduce"}
        page, own = browser.new_page(**look), browser.new_page(**look)

        def shoot(name: str, seen: Page = page) -> None:
            file = folder / f"{name}.png"
            seen.screenshot(path=file, caret="initial", animations="disabled")
            click.echo(f"{file} {file.stat().st_size // 1024} KB")

        _sign_in(own, installation, "employee")
        own.wait_for_url("**/my/")
        shoot("my-devices", own)
        _walk(page, shoot, installation, orders)


def _walk(page: Page, shoot: Shoot, installation: Installation, orders: Orders) -> None:
    _lists(page, shoot, installation)
    _card(page, shoot)
    _dialog(page, shoot)
    orders.wait_at(StepKind.REMOVE_KEY, Boundary.AFTER_INTENT)
    page.fill("[name=pin]", PIN)
    page.keyboard.press("Enter")
    eventually(orders.arrived, 60, "the update is in its middle")
    _run(page, shoot, orders)


def _lists(page: Page, shoot: Shoot, installation: Installation) -> None:
    page.goto(f"{installation.address}/sign-in")
    shoot("sign-in")
    _sign_in(page, installation, "administrator")
    page.wait_for_url("**/admin/")
    page.goto(f"{installation.address}/admin/identity/connection")
    reload_until(page, "СМЭВ отвечает")
    page.goto(f"{installation.address}/admin/")
    shoot("dashboard")
    page.goto(f"{installation.address}/admin/devices")
    shoot("device-list")


def _sign_in(page: Page, installation: Installation, role: str) -> None:
    page.goto(f"{installation.address}/sign-in")
    login, password = installation.login(role)
    page.fill("[name=login]", login)
    page.fill("[name=password]", password)
    page.click("button[type=submit]")


def _card(page: Page, shoot: Shoot) -> None:
    page.fill("#search", "смирнова анна")
    page.locator(".search__results a").first.click()
    page.locator("details.device > summary").first.click()
    expect(page.locator(".device__body").first).to_contain_text("Подключён сейчас", timeout=LONG)
    page.locator("details.device").first.evaluate("card => card.scrollIntoView({block: 'start'})")
    page.wait_for_timeout(300)
    shoot("device-card")


def _dialog(page: Page, shoot: Shoot) -> None:
    page.locator(".device__body [data-row-action]").first.click()
    dialog = page.locator("dialog[open]")
    dialog.get_by_label("Шифрование почты").check()
    expect(dialog).to_contain_text("Выпустить «Шифрование почты»")
    dialog.locator(".dialog__body").evaluate("body => body.scrollTo(0, 0)")
    shoot("update-plan")
    page.locator("dialog .dialog__foot .button--primary").click()
    expect(page.locator("[name=pin]")).to_be_focused()
    expect(page.locator("dialog #presence")).to_contain_text("Токен подключён", timeout=LONG)
    shoot("update-pin")


def _run(page: Page, shoot: Shoot, orders: Orders) -> None:
    dialog = page.locator("dialog[open]")
    expect(dialog).to_contain_text("Удалить старый ключ «Вход в домен»", timeout=LONG)
    expect(dialog).to_contain_text("Шаг 8 из", timeout=LONG)
    shoot("update-progress")
    orders.go_on()
    expect(dialog).to_contain_text("Сертификаты, добавленные вне системы", timeout=LONG)
    shoot("update-tracking")
    dialog.get_by_role("button", name="Отслеживать отмеченные").click()
    expect(dialog).to_contain_text("Устройство обновлено")
    shoot("update-summary")


@contextmanager
def _installation() -> Iterator[tuple[Installation, Orders]]:
    folder = temporary_folder("kly-shots-")
    orders = Orders(folder / "orders")
    orders.folder.mkdir()
    variation = Variation(worker="tests.acceptance.worker", env={VARIABLE: str(orders.folder)})
    try:
        stands = str(free_port()), "0", str(free_port())
        prepare(folder / "origin", "portal.supervisor.prepare", *stands)
        with running(folder / "origin", folder / "data", variation) as installation:
            _start_stands(installation, stands)
            yield installation, orders
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _start_stands(installation: Installation, ports: tuple[str, str, str]) -> None:
    """The same as beside the demonstration, and the copy of its data led to them."""
    line = [sys.executable, "-m", "portal.supervisor.prepare", str(installation.place.logins), *ports]
    subprocess.run(line, env=dict(installation.env), cwd=ROOT, timeout=LONG / 100, check=True)
    settings, smev, registers = installation.settings, int(ports[0]), int(ports[2])
    for stand in (parts.stand(settings, smev), parts.registers(settings, registers), parts.signing(settings)):
        installation.supervisor.start([stand])  # the last one reads keys that the first makes


if __name__ == "__main__":
    main(prog_name="bin/screenshots")
