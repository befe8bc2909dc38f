"""Reading tables in the authors' columns: what they mean, and one clear sentence for what cannot be read."""

from __future__ import annotations

import csv
import io
from collections import Counter
from pathlib import Path

import pytest

from core.domain import Unit
from core.errors import UsageError
from core.exchange.borowski2021_reading import collect, read_table
from tests.core.exchange.simulated import PUBLISHED, TRIALS_1, TRIALS_2, needs_published

HEADER = (
    "subject_id,trial_nr,block_nr,instr_type,trial_type,catch_trial,batch,layer,kernel_size,channel,correct,RT,response,correct_response,"
    "old_trial_nr,abs_conf_rating"
)
LINES = (
    "5,0,0,none_pre,practice,False,0,layer_r,r,channel_r,True,5.5,a,a,,1",
    "5,1,1,optimized,main,False,7,layer_3,3,channel_1,False,-0.25,a,b,,3",
    "5,2,1,natural,main,True,0,layer_j,j,channel_j,True,1.125,b,b,,2",
    "5,3,2,optimized,repeated,False,7,layer_3,3,channel_1,True,2,b,b,1.0,2",
)
RATINGS = "subject_id,trial_name,trial_nr,rating,rt\n5,b,1,-50,26.5\n5,a,0,0,3\n"


def table_of(*lines: str, header: str = HEADER) -> bytes:
    return "\n".join((header, *lines)).encode()


def edited(line: int, column: str, value: str) -> bytes:
    """Return the table with another value in a line (2 is the first after the header)."""
    rows = list(csv.reader([HEADER, *LINES]))
    rows[line - 1][rows[0].index(column)] = value
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows(rows)
    return file.getvalue().encode()


def test_a_line_is_an_answer() -> None:
    """Codes, seconds and sides of a table of experiment I become an answer; a negative time stays."""
    practice, main, catch, repeated = collect(read_table("t.csv", table_of(*LINES)), []).answers
    assert (main.respondent, main.kind, main.condition, main.scheme, main.unit) == ("5", "main", "synthetic", "Min-Max-9", Unit("4b", 31))
    assert (main.block, main.proportion_correct, main.confidence, main.reaction_time_ms) == (1, 0.0, 3, -250.0)
    assert (main.branch, main.unit_list, main.position, main.set_number, main.choice) == ("pool", "hand-picked", 1, 7, "top")
    assert (practice.condition, practice.unit_list, practice.branch) == ("none", "reserved", None)
    assert (catch.kind, catch.choice, catch.expertise) == ("catch", "bottom", None)
    assert (repeated.kind, repeated.repeats) == ("repeated", 1)


def test_experiment_2_has_schemes_and_expertise() -> None:
    """condition_name is the scheme, naive is lay, and the block's letter is the list of units."""
    header = f"{HEADER},condition_name,expert_level,batch_block"
    line = "15,0,2,natural,main,False,1,layer_8,1,channel_0,True,2,a,a,,3,Max-1,naive,a"
    table = read_table("t.csv", table_of(line, header=header))
    (answer,) = collect(table, []).answers
    assert (table.experiment, answer.scheme, answer.expertise, answer.unit, answer.unit_list) == (
        "experiment-2", "Max-1", "lay", Unit("5b", 110), "a",
    )  # fmt: skip


def test_ratings_name_the_papers_units() -> None:
    """a, b and c are 3a:43, 4b:504 and 5b:17; 0 is a rating; expertise comes from the trials."""
    trials, ratings = read_table("t.csv", table_of(*LINES)), read_table("r.csv", RATINGS.encode())
    found = collect(trials, [("begin", ratings)]).ratings
    assert [(one.unit, one.rating, one.moment, one.reaction_time_ms, one.place) for one in found] == [
        (Unit("4b", 504), -50, "begin", 26500.0, 1),
        (Unit("3a", 43), 0, "begin", 3000.0, 0),
    ]


def test_unknown_columns_are_told() -> None:
    """Columns that are not understood are left out and named; the unnamed index is not worth a word."""
    table = read_table("t.csv", table_of(f"0,{LINES[0]},x", header=f",{HEADER},mood"))
    assert table.columns_left_out == ("mood",)


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("instr_type", "nature", "natural, optimized, none_pre, none_post"),
        ("trial_type", "test", "main, practice, repeated"),
        ("catch_trial", "no", "True, False"),
        ("correct", "1", "True, False"),
        ("correct", "True", "the response is a and the right one b"),
        ("abs_conf_rating", "4", "a whole number from 1 to 3"),
        ("abs_conf_rating", "", "a whole number from 1 to 3"),
        ("RT", "fast", "seconds"),
        ("RT", "nan", "seconds"),
        ("trial_nr", "-1", "a whole number from 0"),
        ("block_nr", "1.5", "a whole number from 0"),
        ("layer", "layer_9", "layer_0 to layer_8"),
        ("response", "c", "a, b"),
        ("subject_id", " ", "a name"),
    ],
)
def test_wrong_values_are_named_with_their_line(column: str, value: str, says: str) -> None:
    """A value that cannot be is refused in one sentence: file, line, column, what came, what was wanted."""
    with pytest.raises(UsageError) as refused:
        collect(read_table("t.csv", edited(3, column, value)), [])
    sentence = str(refused.value)
    assert "t.csv, line 3" in sentence and column in sentence and repr(value) in sentence and says in sentence


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"\xff\xfe", "no CSV file"),
        (b"a,b\n1,2\n", "neither a table of trials"),
        (b'a,"b\n1,2\n', "no CSV file"),
        (table_of(header=HEADER.replace("RT,", "")), "lacks the column RT"),
        (table_of(*LINES[:2], LINES[2][:-4]), "line 4 has"),
        (table_of(LINES[0] + ",1", header=f"{HEADER},RT"), "'RT' twice"),
        (table_of(*LINES, LINES[1]), "second trial with trial_nr 1"),
        (table_of(LINES[0], LINES[3]), "old_trial_nr 1 is no trial"),
        (table_of(), "no trials"),
        (b"subject_id,rating,rt\n1,2,3\n", "lacks the column trial_name"),
    ],
)
def test_bad_files_are_one_sentence(content: bytes, says: str) -> None:
    """A file that is no such table is refused in one sentence that names it."""
    with pytest.raises(UsageError, match=r"^t\.csv") as refused:
        collect(read_table("t.csv", content), [])
    assert says in str(refused.value) and str(refused.value).count("\n") == 0


def test_a_trial_without_an_answer_is_refused() -> None:
    """A trial that ran out of time has no answer to read."""
    with pytest.raises(UsageError, match=r"line 2: the column timeout"):
        collect(read_table("t.csv", table_of(f"{LINES[0]},True", header=f"{HEADER},timeout")), [])


@needs_published
@pytest.mark.parametrize(
    ("path", "n", "kinds"),
    [
        (TRIALS_1, 1860, {"main": 1350, "practice": 150, "catch": 180, "repeated": 180}),
        (TRIALS_2, 4968, {"main": 3680, "practice": 552, "catch": 736}),
    ],
    ids=["I", "II"],
)
def test_published_trials_are_read_whole(path: Path, n: int, kinds: dict[str, int]) -> None:
    """Every line of the published files is an answer; repeats lead to the same unit and condition."""
    answers = collect(read_table(path.name, path.read_bytes()), []).answers
    assert len(answers) == n and Counter(answer.kind for answer in answers) == kinds
    first = {(answer.session, answer.position): answer for answer in answers}
    again = [(answer, first[answer.session, answer.repeats]) for answer in answers if answer.repeats is not None]
    assert len(again) == kinds.get("repeated", 0)
    assert all((a.unit, a.condition, a.set_number, b.kind) == (b.unit, b.condition, b.set_number, "main") for a, b in again)
    assert sum((answer.reaction_time_ms or 0) < 0 for answer in answers) == 1


@needs_published
@pytest.mark.parametrize(("file", "n"), [("I_intuitiveness_beginning", 30), ("II_intuitiveness_end", 69)])
def test_published_ratings_are_read_whole(file: str, n: int) -> None:
    """Every line of the published ratings is one, three units a participant."""
    path = PUBLISHED / f"experiment_{file}_preprocessed.csv"
    trials = TRIALS_1 if file.startswith("I_") else TRIALS_2
    found = collect(read_table("t", trials.read_bytes()), [("end", read_table("r", path.read_bytes()))])
    assert len(found.ratings) == n and {one.unit.layer for one in found.ratings} == {"3a", "4b", "5b"}
    assert {one.respondent for one in found.ratings} == {answer.respondent for answer in found.answers}
