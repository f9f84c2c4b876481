"""Self-service: what an employee does with his own devices; one file per resource."""

from portal.selfservice import devices, life, pins, tracking, update_identity, update_orders, updates
from portal.selfservice.blueprint import bp

__all__ = ["bp", "devices", "life", "pins", "tracking", "update_identity", "update_orders", "updates"]
