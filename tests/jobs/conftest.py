"""The prepared world of the crash tests serves the jobs too."""

from tests.crash.conftest import new_place, origin, postgres_origin

__all__ = ["new_place", "origin", "postgres_origin"]
