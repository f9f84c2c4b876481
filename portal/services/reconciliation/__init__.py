"""Reconciliation of the three who know of certificates: the database, the authorities, the tokens last seen."""
