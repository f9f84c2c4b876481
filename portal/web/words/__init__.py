"""Everything the product says to people: the one place where values become sentences, in the reader's language."""
