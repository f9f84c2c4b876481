"""Registers that speak the open contract (docs/api/device-register.openapi.yaml)."""
