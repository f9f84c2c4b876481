"""A stand of СМЭВ 3: a strict counterpart for demonstrations and tests.

It shares no code with the portal's own exchange, so that a mistake there is not forgiven here: it reads, checks and
signs messages by itself. Everybody it vouches for is made up.
"""
