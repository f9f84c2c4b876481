"""What programs on workstations say to the portal: JSON, no session, no cookies, no pages.

``portal.agents_api.routes`` brings all of it together.
"""
