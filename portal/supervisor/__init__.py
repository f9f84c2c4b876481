"""Everything the portal consists of, started, watched and stopped by one process: what bin/demo runs."""
