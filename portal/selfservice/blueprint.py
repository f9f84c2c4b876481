"""The blueprint every page of self-service belongs to."""

from flask import Blueprint

bp = Blueprint("selfservice", __name__, url_prefix="/my")
