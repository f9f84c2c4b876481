"""The blueprint every page of the console belongs to."""

from flask import Blueprint

bp = Blueprint("admin", __name__, url_prefix="/admin")
