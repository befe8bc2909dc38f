"""Files that a page offers: they are made once they are asked for, and stay until the browser has fetched them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from streamlit import runtime
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.media_file_storage import MediaFileStorageError
from streamlit.runtime.memory_media_file_storage import MemoryFile, MemoryMediaFileStorage

from dashboard.components.downloads import N_HELD, Download, held


@pytest.fixture
def manager(monkeypatch: pytest.MonkeyPatch) -> MediaFileManager:
    """Return what keeps Streamlit's files, in the place of a server's."""
    own = MediaFileManager(MemoryMediaFileStorage("/media"))
    monkeypatch.setattr(runtime, "get_instance", lambda: SimpleNamespace(media_file_mgr=own))
    return own


def asked_for(manager: MediaFileManager, content: bytes | str, *, is_held: bool = True) -> str:
    """Ask for a file as a browser's click does, in a thread without a session; return where it is."""
    file = Download("CSV", "numbers.csv", lambda: content)
    made = manager.add_deferred((lambda: held(file, "text/csv")) if is_held else file.make, "text/csv", "0.1", "numbers.csv")
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(manager.execute_deferred, made).result(20).removeprefix("/media/")


def rerun(manager: MediaFileManager, times: int) -> None:
    """Do what the end of a page's run does with files."""
    for _ in range(times):
        manager.remove_orphaned_files()


def found(manager: MediaFileManager, place: str) -> MemoryFile | None:
    """Return what the browser gets."""
    try:
        file: MemoryFile = manager._storage.get_file(place)
    except MediaFileStorageError:
        return None
    return file


def test_a_file_outlives_runs_of_the_page(manager: MediaFileManager) -> None:
    """However often the page runs between the click and the fetching, the file is there; without this it goes with the second run."""
    lost, there = asked_for(manager, "a,b", is_held=False), asked_for(manager, "c,d")
    rerun(manager, 5)
    assert found(manager, lost) is None
    kept = found(manager, there)
    assert kept is not None and (kept.content, kept.mimetype, kept.filename) == (b"c,d", "text/csv", "numbers.csv")


def test_files_go_once_others_were_made(manager: MediaFileManager) -> None:
    """No more than the last few take up memory."""
    places = [asked_for(manager, f"file {number}") for number in range(N_HELD + 3)]
    rerun(manager, 2)
    assert [found(manager, place) is not None for place in places] == [False] * 3 + [True] * N_HELD


def test_the_log_is_not_filled(manager: MediaFileManager, caplog: pytest.LogCaptureFixture) -> None:
    """Streamlit's warning of a thread without a session is not repeated at each download."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(held, Download("CSV", "numbers.csv", lambda: b"1"), "text/csv").result(20)
    assert not caplog.records
