"""Device usage policies: what they say, whom they are given to, and what a change would do."""

from portal.bootstrap.outside import Doors


class Policies(Doors):
    """Services about policies, their assignments and their common certificates."""
