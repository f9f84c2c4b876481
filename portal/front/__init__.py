"""Where workstations arrive: holds those that wait, and, without a web server in front, ends their TLS.

One process that knows no rows and no pages: ``python -m portal.front``.
"""
