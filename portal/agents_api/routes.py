"""Everything under one roof: importing this gives the blueprint all its addresses."""

from portal.agents_api import enrolments, poll, reports
from portal.agents_api.blueprint import bp

__all__ = ["bp", "enrolments", "poll", "reports"]
