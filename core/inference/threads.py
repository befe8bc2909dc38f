"""Threads for counting: numpy lets go of Python's lock while it sorts, gathers and adds, so that two cores count what is apart at once."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Final

MOST_THREADS: Final = 4  # more find little between two turns of Python's lock


def counting_threads() -> ThreadPoolExecutor:
    """Return threads for as many cores as there are, at most 4; they end with the `with` that they are for."""
    return ThreadPoolExecutor(min(MOST_THREADS, os.cpu_count() or 1), thread_name_prefix="counting")
