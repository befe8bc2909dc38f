"""What does it cost to look up what the process has kept? Streamlit's cache is the reference, in the same run; medians in microseconds.

.venv/bin/python benchmarks/browse/looks.py [--rounds 15]

A page of the wall looks some twenty times: each time the key is made of the workspace, the catalogue's version and the study's name. The
number of changes of a study's answers is asked for as often as anybody looks for news; its reference counts them each time.
"""

from __future__ import annotations

import argparse
import logging
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

AT_ONCE = 50


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    rounds: int = parser.parse_args().rounds
    logging.disable(logging.WARNING)  # of Streamlit, which no server runs here

    import streamlit as st

    from core.store.responses import ResponseStore
    from core.store.workspace import Workspace
    from dashboard.caching import kept

    def made(where: Workspace, version: int, key: str) -> object:
        return object()

    with tempfile.TemporaryDirectory() as folder, ResponseStore(Workspace(Path(folder))) as store:
        asked = (Workspace(Path(folder)), 3, "googlenet_bvlc/photos")
        theirs, ours = st.cache_resource(show_spinner=False)(made), kept()(made)
        _say("a value that is kept", rounds, lambda: ours(*asked), lambda: theirs(*asked))
        _say("the number of changes", rounds, lambda: store.n_changes(asked[2]), lambda: store._counted_changes(asked[2]))


def _say(name: str, rounds: int, ours: Callable[[], object], reference: Callable[[], object]) -> None:
    ours(), reference()
    times = {"ours": [], "reference": []}
    for _ in range(rounds):
        for one, look in (("ours", ours), ("reference", reference)):
            began = time.perf_counter()
            for _ in range(AT_ONCE):
                look()
            times[one].append(1e6 * (time.perf_counter() - began) / AT_ONCE)
    found = {one: statistics.median(values) for one, values in times.items()}
    print(f"{name}: {found['ours']:.1f} µs; reference {found['reference']:.0f} µs; ratio {found['ours'] / found['reference']:.3f}")


if __name__ == "__main__":
    main()
