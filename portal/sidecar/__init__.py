"""The signing process: the only one that holds the key and loads GOST. Standard library only, knows nothing of us."""
