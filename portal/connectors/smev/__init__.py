"""СМЭВ 3 on the wire: direct exchange and the standard adapter behind one port."""
