"""A hundred thousand updates in a world where everything goes wrong; seeded, so that every story can be told again."""
