"""klyuchnik-agent: keeps a token in step where its person sits. It asks, it is never asked: no port is opened."""

from typing import Final

VERSION: Final = "0.1.0"
