"""The web application: everything the pages need, put together once."""

import gc
from importlib.metadata import version
from typing import Final

from flask import Flask, Response, redirect, url_for
from flask_wtf import CSRFProtect
from htmx_flask import Htmx
from werkzeug.middleware.proxy_fix import ProxyFix

from portal.admin import bp as admin_pages
from portal.agents_api.routes import bp as agents_api
from portal.bootstrap import Portal, build
from portal.connectors.token import guard
from portal.pki.cmp import bp as cmp_routes
from portal.pki.est import bp as est_routes
from portal.pki.routes import bp as pki_routes
from portal.selfservice import bp as own_pages
from portal.services import passwords
from portal.settings import Settings
from portal.web import health, preferences, profile, sign_in_certificates
from portal.web.access import public, refuse_strangers
from portal.web.addresses import AddressBook
from portal.web.assets import init_assets
from portal.web.drawing import init_drawing
from portal.web.errors import init_errors
from portal.web.filters import init_filters
from portal.web.front import CERTIFICATE_SECRET, SECRET
from portal.web.i18n import init_languages
from portal.web.logs import init_logs
from portal.web.plain_text import refuse_nul_in_address, refuse_nul_in_forms
from portal.web.security_headers import init_headers, refuse_foreign_origin
from portal.web.sessions import init_sessions
from portal.web.shell import init_shell
from portal.web.sides import home_page, init_sides
from portal.web.sse import StreamCap
from portal.web.templating import init_templating
from portal.web.uploads import widen

LARGEST_FORM: Final = 256 * 1024


def create_app(settings: Settings | None = None, portal: Portal | None = None) -> Flask:
    """The application for these settings, by default those of the environment."""
    settings = settings or Settings.from_env()
    portal = portal or build(settings)
    app = AddressBook(__name__, static_url_path="/own")
    app.config.update(_config(settings))
    app.extensions["portal"] = portal
    app.extensions["stream_cap"] = StreamCap(settings.stream_limit)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    init_logs(settings.log_level)
    init_templating(app)
    Htmx(app)
    init_languages(app, default=settings.default_locale)
    init_sessions(app, cookie=settings.session_cookie, life=settings.session_life)
    init_shell(app, version=version("klyuchnik"))
    init_sides(app)
    init_drawing(app)
    init_filters(app, clock=portal.clock)
    _init_guards(app)
    init_headers(app, base_url=settings.base_url)
    init_errors(app)
    _init_routes(app)
    return app


def serve() -> Flask:
    """The application of a web server's process, which never loads a PKCS#11 library."""
    guard.forbid("it serves pages")
    settings = Settings.from_env()
    passwords.share_places(settings.web_processes)
    app = create_app(settings)
    gc.collect()
    gc.freeze()  # what is made before the processes part stays common to them: nobody looks through it again
    return app


def _config(settings: Settings) -> dict[str, object]:
    return {
        "SECRET_KEY": settings.session_key(),
        SECRET: settings.front_secret(),
        CERTIFICATE_SECRET: settings.certificate_secret(),
        "SESSION_COOKIE_NAME": f"{settings.session_cookie}-form",
        "SESSION_COOKIE_SECURE": settings.secure_cookies,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "WTF_CSRF_CHECK_DEFAULT": False,  # checked by our own guard, after the sign-in
        "WTF_CSRF_TIME_LIMIT": None,  # lives as long as the session
        "WTF_CSRF_SSL_STRICT": False,  # the Origin check is stricter
        "MAX_CONTENT_LENGTH": LARGEST_FORM,
        "TEMPLATES_AUTO_RELOAD": False,
        "BABEL_DEFAULT_TIMEZONE": "UTC",
    }


def _init_guards(app: Flask) -> None:
    csrf = CSRFProtect(app)
    app.before_request(refuse_nul_in_address)
    app.before_request(refuse_strangers)
    app.before_request(refuse_foreign_origin)
    app.before_request(widen)
    app.before_request(lambda: csrf.protect(apply_exemptions=True))
    programs = (
        pki_routes,  # read-only protocols of programs, without cookies
        est_routes,  # programs that say a password with each request; no cookie is looked at
        cmp_routes,  # programs that prove each message; no cookie is looked at
        agents_api,  # programs that show a certificate; no cookie is looked at
    )
    for blueprint in programs:
        csrf.exempt(blueprint)
    app.before_request(refuse_nul_in_forms(but=frozenset(blueprint.name for blueprint in programs)))


def _init_routes(app: Flask) -> None:
    init_assets(app)
    for blueprint in (
        sign_in_certificates.bp,
        preferences.bp,
        profile.bp,
        health.bp,
        pki_routes,
        est_routes,
        cmp_routes,
        agents_api,
        admin_pages,
        own_pages,
    ):
        app.register_blueprint(blueprint)

    @app.get("/")
    @public
    def root() -> Response:
        return redirect(url_for(home_page()))  # type: ignore[return-value]
