"""Answer sets: published whole, read back as they were, replaced only where asked, never in responses.duckdb."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from core.answer_set import AnswerSetCard, Collected, Presentation, SessionFacts, SourceFile, UnitRating
from core.domain import Unit
from core.errors import StoreError, UnknownName, UsageError
from core.experiment import Answer
from core.store import answer_sets
from core.store.answer_sets import CARD, answer_set, put_answer_set, read_answer_set
from core.store.answer_tables import packed, unpacked
from core.store.workspace import Workspace, write_whole
from tests.processes import kill, python, wait_until
from tests.studies import NOW

FULL = Answer(
    "Ada", "repeated", "synthetic", "Max-9", Unit("mixed4b", 465), 3, 1.0, 3, 812.25, NOW, "s1", "lay", "3x3", "a", 7, 2, 5, "bottom"
)
EMPTY = Answer("Ben", "main", "none", "Min-Max-9", Unit("3a", 0), 0, 0.0, None, None)
WHOLE = Collected(
    (FULL, EMPTY),
    (UnitRating("Ada", "begin", Unit("3a", 43), -100, 1500.5, "s1", "lay", 0), UnitRating("Ben", "end", Unit("3a", 43), 0, None)),
    (SessionFacts("s1", "Ada", "lay", NOW, 12.5, 700.25, 2, "quick", 1, "de", 33, "w", "left", "glasses", 45), SessionFacts("s2", "Ben")),
    (
        Presentation("s1", 7, "top", "bottom", ("a", "b"), (), 31.5, 0, True, "keyboard", "1440x900@1"),
        Presentation("s2", 0, "x", "y", (), (), None, None, False, "mouse", ""),
    ),
)
SET = AnswerSetCard("other-lab", "imported", "borowski2021/experiment-1", NOW, (SourceFile("a.csv", "0" * 64),), ("mood",))
MADE = AnswerSetCard("made_up", "simulated", "tiny/shapes", NOW, design="{}", simulated='{"seed":1}')

PUTTER = """
import sys
from pathlib import Path
from dataclasses import replace
from core.store.answer_sets import put_answer_set
from core.store.workspace import Workspace
from tests.core.store.test_answer_sets import EMPTY, SET, WHOLE
print("begun", flush=True)
while True:
    for n in (1, 5):
        put_answer_set(Workspace(Path(sys.argv[1])), SET, replace(WHOLE, answers=(EMPTY,) * n), replace=True)
"""


def test_what_is_put_is_read(empty_workspace: Workspace) -> None:
    """Every field of answers, ratings, sessions and card comes back, the empty ones too."""
    for card in (SET, MADE):
        put_answer_set(empty_workspace, card, WHOLE)
        assert read_answer_set(empty_workspace, card.name) == (card, WHOLE)
    stored, _ = answer_sets.answer_sets(empty_workspace)
    assert [one.card for one in stored] == [MADE, SET]
    assert stored[0].n_rows == {"answers": 2, "ratings": 2, "sessions": 2, "presentations": 2}
    assert not empty_workspace.responses.exists()


def test_sets_of_before_a_column_was_added_are_read(empty_workspace: Workspace) -> None:
    """What may be empty may also be missing; what may not is asked for by its name."""
    folder = put_answer_set(empty_workspace, SET, WHOLE)
    (path,) = folder.rglob("sessions*.parquet")
    whole = pq.read_table(path)
    pq.write_table(whole.drop_columns(["n_main"]), path)
    _, found = read_answer_set(empty_workspace, SET.name)
    assert found.sessions == tuple(replace(one, n_main=None) for one in WHOLE.sessions)
    pq.write_table(whole.drop_columns(["respondent"]), path)
    with pytest.raises(StoreError, match="no column respondent"):
        read_answer_set(empty_workspace, SET.name)


def test_archives_hold_the_same() -> None:
    """What is packed for a command is unpacked as it was; anything else is refused."""
    designed = replace(WHOLE, designs=('{"name":"quick"}',))
    assert unpacked(packed(designed)) == designed
    with pytest.raises(StoreError, match="not an archive"):
        unpacked(b"PK and nothing else")


def test_a_name_that_is_taken_needs_replace(empty_workspace: Workspace) -> None:
    """A second set under a name is refused and changes nothing; with `replace` it takes the place and leaves no file of the former."""
    folder = put_answer_set(empty_workspace, SET, WHOLE)
    fewer = replace(WHOLE, answers=(EMPTY,))
    with pytest.raises(UsageError, match="--replace"):
        put_answer_set(empty_workspace, SET, fewer)
    assert read_answer_set(empty_workspace, SET.name)[1] == WHOLE
    put_answer_set(empty_workspace, SET, fewer, replace=True)
    assert read_answer_set(empty_workspace, SET.name)[1] == fewer
    assert len(list(folder.iterdir())) == 5


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "../a", "a b", "-a", "_a", "é", "a" * 61, "a.b"])
def test_names_are_checked(empty_workspace: Workspace, name: str) -> None:
    """A name that could lead out of the folder, or be taken for an option, is refused before anything is written."""
    with pytest.raises(UsageError, match="letters, digits"):
        put_answer_set(empty_workspace, replace(SET, name=name), WHOLE)
    with pytest.raises(UnknownName):
        answer_set(empty_workspace, name)
    assert not empty_workspace.answers.exists()


def test_a_set_needs_an_answer(empty_workspace: Workspace) -> None:
    """A set without answers is refused."""
    with pytest.raises(UsageError, match="at least one answer"):
        put_answer_set(empty_workspace, SET, Collected(()))


def test_unknown_names_list_near_ones(empty_workspace: Workspace) -> None:
    """A name that is not there is answered with those that are."""
    put_answer_set(empty_workspace, SET, WHOLE)
    with pytest.raises(UnknownName, match="other-lab"):
        read_answer_set(empty_workspace, "otherlab")


def test_a_set_that_fails_half_way_is_the_former(empty_workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the card cannot be written, the former set is there, whole; a new one is not there at all."""
    put_answer_set(empty_workspace, SET, WHOLE)

    def fail(path: Path, content: bytes) -> None:
        if path.name == CARD:
            raise OSError("disk full")
        write_whole(path, content)

    monkeypatch.setattr(answer_sets, "write_whole", fail)
    for card in (SET, MADE):
        with pytest.raises(OSError, match="disk full"):
            put_answer_set(empty_workspace, card, replace(WHOLE, answers=(EMPTY,)), replace=True)
    assert [one.card.name for one in answer_sets.answer_sets(empty_workspace)[0]] == [SET.name]
    assert read_answer_set(empty_workspace, SET.name)[1] == WHOLE


def test_readers_and_kills_never_find_half_a_set(empty_workspace: Workspace) -> None:
    """While another process replaces a set over and over, and is then killed, every reading is one of the two sets, whole."""
    process = python(PUTTER, empty_workspace.root)
    wait_until(lambda: (empty_workspace.answers / SET.name / CARD).exists(), "the first set")
    seen = {len(read_answer_set(empty_workspace, SET.name)[1].answers) for _ in range(200)}
    kill(process)
    seen.add(len(read_answer_set(empty_workspace, SET.name)[1].answers))
    assert seen <= {1, 5}


def test_damage_is_told(empty_workspace: Workspace) -> None:
    """A file that is gone, cut off or of another layout, or a card that is no card, is told with what to do."""
    folder = put_answer_set(empty_workspace, SET, WHOLE)
    (parquet,) = folder.glob("answers-*.parquet")
    content, card = parquet.read_bytes(), (folder / CARD).read_bytes()
    parquet.write_bytes(content[: len(content) // 2])
    with pytest.raises(StoreError, match="cannot be read"):
        read_answer_set(empty_workspace, SET.name)
    parquet.unlink()
    with pytest.raises(StoreError, match="has lost answers-"):
        read_answer_set(empty_workspace, SET.name)
    for broken in (b"{", b"{}", json.dumps({**json.loads(card), "layout": 99}).encode()):
        (folder / CARD).write_bytes(broken)
        put_answer_set(empty_workspace, replace(SET, name="whole"), WHOLE, replace=True)
        found, (problem,) = answer_sets.answer_sets(empty_workspace)
        assert [one.card.name for one in found] == ["whole"] and SET.name in problem
