"""The night shift: workers, the sweeper and the watchers. Imports portal; portal never imports jobs."""
