"""Files that Streamlit made for a browser stay until it has fetched them.

Streamlit drops what a download button made after the session's next two runs, which on pages that look for news can come before the browser
asks. A file that is held counts as one of a session that never runs: for a minute after the last was made, and no longer
than until a few others were.
"""

from __future__ import annotations

import logging
import threading
from functools import partial
from typing import Final

from streamlit import runtime

N_HELD: Final = 8
HELD_S: Final = 60.0
NO_SESSION: Final = "dontcare"  # whose files Streamlit takes those to be that are added by a thread without a session
LOGGER: Final = "streamlit.runtime.scriptrunner_utils.script_run_context"
_lock: Final = threading.Lock()
_n_held = 0

# Streamlit would warn of that in the log at each download.
logging.getLogger(LOGGER).addFilter(lambda record: "missing ScriptRunContext" not in record.getMessage())


def hold(content: bytes, mime: str, file_name: str) -> None:
    """Add a file that a thread without a session has made, and hold it."""
    global _n_held
    files = runtime.get_instance().media_file_mgr
    with _lock:
        _n_held += 1
        add = partial(files.add, content, mime, f"held-{_n_held % N_HELD}", file_name, is_for_static_download=True)
        name = add().rsplit("/", 1)[-1]
        there = files.read_file(name)
        if there is not None and there.content != content:  # Streamlit names large files by parts of them: it has an older one of this name
            files._storage.delete_file(name.partition(".")[0])
            add()
        later = threading.Timer(HELD_S, _let_go_after, (_n_held,))
    later.daemon = True
    later.start()


def let_go() -> None:
    """Drop all files that are held: somebody has logged out, or taken out what is in them."""
    if not runtime.exists():
        return
    files = runtime.get_instance().media_file_mgr
    files.clear_session_refs(NO_SESSION)
    for _ in range(2):  # the first only marks them
        files.remove_orphaned_files()


def _let_go_after(number: int) -> None:
    """Let go unless others were made since, which then have a minute of their own."""
    if number == _n_held:
        let_go()
