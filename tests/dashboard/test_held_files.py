"""Files that a page offers: they stay until the browser has fetched them, and not for long after."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from streamlit import runtime
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.media_file_storage import MediaFileStorageError
from streamlit.runtime.memory_media_file_storage import MemoryFile, MemoryMediaFileStorage

from dashboard import held_files
from dashboard.components.downloads import Download, made
from dashboard.held_files import N_HELD, let_go


@pytest.fixture
def manager(monkeypatch: pytest.MonkeyPatch) -> MediaFileManager:
    """Return what keeps Streamlit's files, in the place of a server's."""
    own = MediaFileManager(MemoryMediaFileStorage("/media"))
    monkeypatch.setattr(runtime, "exists", lambda: True)
    monkeypatch.setattr(runtime, "get_instance", lambda: SimpleNamespace(media_file_mgr=own))
    return own


def asked_for(manager: MediaFileManager, content: bytes | str, *, is_held: bool = True) -> str:
    """Ask for a file as a browser's click does, in a thread without a session; return where it is."""
    file = Download("CSV", "numbers.csv", lambda: content)
    placed = manager.add_deferred((lambda: made(file, "text/csv")) if is_held else file.make, "text/csv", "0.1", "numbers.csv")
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(manager.execute_deferred, placed).result(20).removeprefix("/media/")


def found(manager: MediaFileManager, place: str) -> MemoryFile | None:
    """Return what the browser gets."""
    try:
        file: MemoryFile = manager._storage.get_file(place)
    except MediaFileStorageError:
        return None
    return file


def rerun(manager: MediaFileManager, times: int) -> None:
    """Do what the end of a page's run does with files."""
    for _ in range(times):
        manager.remove_orphaned_files()


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


def test_files_go_when_somebody_logs_out(manager: MediaFileManager) -> None:
    """Nobody fetches from the address in a browser's history what is another's; the pages' own files stay."""
    page = manager.add(b"logo", "image/png", "0.2").removeprefix("/media/")
    manager._files_by_session_and_coord["a session"] = manager._files_by_session_and_coord.pop("dontcare")
    place = asked_for(manager, "c,d")
    let_go()
    assert found(manager, place) is None and found(manager, page) is not None


def test_files_go_after_a_while(manager: MediaFileManager, monkeypatch: pytest.MonkeyPatch) -> None:
    """The timer of a file lets go of it, unless another was made since, which has its own time."""
    timers: list[tuple[float, tuple[int, ...]]] = []

    class Noted:
        def __init__(self, seconds: float, act: object, args: tuple[int, ...]) -> None:
            timers.append((seconds, args))

        def start(self) -> None:
            """Do nothing by itself."""

    monkeypatch.setattr(held_files.threading, "Timer", Noted)
    first, second = asked_for(manager, "first"), asked_for(manager, "second")
    held_files._let_go_after(*timers[0][1])
    assert found(manager, first) is not None and timers[0][0] == held_files.HELD_S
    held_files._let_go_after(*timers[1][1])
    assert found(manager, first) is None and found(manager, second) is None


def test_large_files_that_differ_in_the_middle(manager: MediaFileManager) -> None:
    """Streamlit takes two files of one length for the same where they differ in few places: the browser gets the new one all the same."""
    old, new = bytearray(3_000_000), bytearray(3_000_000)
    new[700_000] = 1
    first, second = asked_for(manager, bytes(old)), asked_for(manager, bytes(new))
    kept = found(manager, second)
    assert first == second and kept is not None and kept.content == new


def test_the_log_is_not_filled(manager: MediaFileManager, caplog: pytest.LogCaptureFixture) -> None:
    """Streamlit's warning of a thread without a session is not repeated at each download."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(made, Download("CSV", "numbers.csv", lambda: b"1"), "text/csv").result(20)
    assert not caplog.records
