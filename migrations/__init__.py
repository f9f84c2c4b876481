"""Alembic migrations; ``portal.db.schema`` carries them out."""
