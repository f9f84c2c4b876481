"""The authority of workstations and the key that signs their step lists."""
