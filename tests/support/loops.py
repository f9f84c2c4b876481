"""Coroutines in a thread of their own: a browser test before us may have left a loop running in this one."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

Value = TypeVar("Value")


def run(work: Coroutine[Any, Any, Value]) -> Value:
    """What the coroutine answers."""
    with ThreadPoolExecutor(1) as apart:
        return apart.submit(asyncio.run, work).result()
