"""Use cases: verbs that own their transactions."""
