"""Letters on their way out: words, and the mail systems that take them."""
