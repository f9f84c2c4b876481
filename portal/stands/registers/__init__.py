"""A strict stand of registers of devices: the open contract, Secret Net Studio's worker, Indeed Access Manager.

It shares no code with the portal's own connectors, so that a mistake there is not forgiven here. Nobody signs in
anywhere by what it knows.
"""
