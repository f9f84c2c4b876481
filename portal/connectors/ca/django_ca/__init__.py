"""django-ca over its REST interface; its code is nowhere loaded, only spoken to."""
