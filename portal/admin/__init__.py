"""The admin console: one file per resource."""

from portal.admin import audit, dashboard, devices, people, search, tracking, update_actions, update_orders, updates
from portal.admin.blueprint import bp

__all__ = [
    "audit",
    "bp",
    "dashboard",
    "devices",
    "people",
    "search",
    "tracking",
    "update_actions",
    "update_orders",
    "updates",
]
