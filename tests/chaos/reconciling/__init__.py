"""A thousand updates over the real rows and a real authority, with every fault there is; then a reconciliation."""
