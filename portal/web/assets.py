"""Scripts and styles: addresses that change with the content, kept by browsers for good."""

from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from flask import Blueprint, Flask, Response, abort, current_app, request

from portal.web.access import public

bp = Blueprint("assets", __name__, url_prefix="/assets")

#: The scripts we take from an installed package, by the name pages know them by.
VENDOR: Final = {"htmx.js": "htmx-2.min.js", "htmx-sse.js": "ext/hx-sse-2.min.js"}
FOR_GOOD: Final = "public, max-age=31536000, immutable"
FOR_NOW: Final = "public, no-cache"


def init_assets(app: Flask) -> None:
    """Serve our own files with their content's hash in the address."""
    public(app.view_functions["static"])
    app.register_blueprint(bp)
    app.url_defaults(_add_version)
    app.after_request(_keep)


@bp.get("/vendor/<name>")
@public
def vendor(name: str) -> Response:
    """A script of the package that carries htmx."""
    if name not in VENDOR:
        abort(404)
    return Response(vendor_file(name), mimetype="text/javascript")


@cache
def vendor_file(name: str) -> bytes:
    """The script's bytes as they lie in the installed package."""
    return files("django_htmx").joinpath("static/django_htmx", VENDOR[name]).read_bytes()


def _add_version(endpoint: str, values: dict[str, Any]) -> None:
    if endpoint == "static" and "filename" in values:
        values.setdefault("v", _static_version(current_app.static_folder or "", values["filename"]))
    if endpoint == "assets.vendor" and values.get("name") in VENDOR:
        values.setdefault("v", _version(vendor_file(values["name"])))


@cache
def _static_version(folder: str, name: str) -> str:
    return _version(Path(folder, name).read_bytes())


def _version(content: bytes) -> str:
    return sha256(content).hexdigest()[:8]


def _keep(response: Response) -> Response:
    if request.endpoint in {"static", "assets.vendor"} and response.status_code in {200, 304}:
        response.headers["Cache-Control"] = FOR_GOOD if "v" in request.args else FOR_NOW
    return response
