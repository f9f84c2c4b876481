"""An authority that no line leads to: requests are carried to it as files, and so are its answers back."""
