"""Registers of devices: other products that must know of a device."""
