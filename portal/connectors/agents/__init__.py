"""The authority of workstations, the key that signs their step lists, and the bell that calls them."""
