"""Whether somebody's register keeps to the open contract: tried from outside, one check after another.

It shares no code with the portal's connector nor with the stand, and needs nothing but the standard library.
"""
