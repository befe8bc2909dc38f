"""A block of trials: what reaches the browser."""

from __future__ import annotations

from typing import Any

import pytest

from core.design_spec import Condition, Feedback, Scheme
from core.experiment import TrialKind
from dashboard.components import trial as trial_module
from dashboard.components.stage import component_key
from dashboard.components.trial import TrialView, trial_block
from tests.dashboard.components.trial_sittings import TEXTS


def view(index: int = 0, *, condition: Condition = "natural", scheme: Scheme = "Min-Max-9", kind: TrialKind = "main") -> TrialView:
    return TrialView(index, condition, scheme, kind, ("a",) * 9, ("b",) * 9, "top", "bottom")


def mounted(monkeypatch: pytest.MonkeyPatch, *trials: TrialView, **changes: Any) -> dict[str, Any]:
    """Return what trial_block hands to the browser."""
    seen: dict[str, Any] = {}

    class Result:
        finished = None

    def mount(**arguments: Any) -> Result:
        seen.update(arguments)
        return Result()

    monkeypatch.setattr(trial_module, "_component", lambda: mount)
    arguments: dict[str, Any] = {"session_id": "s", "answer_url": "/answers", "image_url": "/images/", "feedback": "trial"}
    arguments |= {"pause_ms": 500, "feedback_ms": 1500, "total": 12, "offset": 3, "key": "k", "texts": TEXTS}
    result = trial_block(trials=trials, **(arguments | changes))
    assert not result.finished
    return dict(seen["data"])


def test_main_and_catch_trials_look_alike_in_the_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing in the payload tells a catch trial from a main one, or which side is correct."""
    main, catch = mounted(monkeypatch, view(kind="main"), view(kind="catch"))["trials"]
    assert main == catch
    assert set(main) == {"index", "sides", "practice", "feedback", "min", "max", "top", "bottom"}


@pytest.mark.parametrize(
    ("condition", "scheme", "n_min", "n_max"),
    [("natural", "Min-Max-9", 9, 9), ("synthetic", "Max-9", 0, 9), ("none", "Min-Max-9", 0, 0)],
)
def test_only_the_references_of_the_scheme_are_sent(
    monkeypatch: pytest.MonkeyPatch, condition: Condition, scheme: Scheme, n_min: int, n_max: int
) -> None:
    """A reference image that is not shown is not even addressed."""
    (trial,) = mounted(monkeypatch, view(condition=condition, scheme=scheme))["trials"]
    assert (len(trial["min"]), len(trial["max"])) == (n_min, n_max)


def test_a_block_keeps_its_name_while_answered_trials_drop_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rerun with the remaining trials does not restart the block in the browser."""
    whole = mounted(monkeypatch, view(4), view(5), view(6))
    rest = mounted(monkeypatch, view(6), offset=5)
    assert whole["block"] == rest["block"] != mounted(monkeypatch, view(7))["block"]


def test_no_trials_mount_nothing() -> None:
    """A block without open trials is not drawn and not finished: the page goes on by itself."""
    times = {"pause_ms": 0, "feedback_ms": 0, "total": 0, "offset": 0}
    result = trial_block(session_id="s", trials=(), answer_url="/a", image_url="/i", feedback="none", key="k", texts=TEXTS, **times)
    assert (result.finished, result.n_answered) == (False, 0)


@pytest.mark.parametrize(("feedback", "told"), [("trial", [True, True]), ("block", [True, False]), ("none", [False, False])])
def test_which_answers_are_told(monkeypatch: pytest.MonkeyPatch, feedback: Feedback, told: list[bool]) -> None:
    """With feedback on blocks only practice shows the right image."""
    trials = mounted(monkeypatch, view(kind="practice"), view(kind="main"), feedback=feedback)["trials"]
    assert [trial["feedback"] for trial in trials] == told


def test_a_session_with_two_underscores_has_a_key() -> None:
    """Streamlit refuses keys with two underscores in a row, and a session's random id may have them."""
    assert component_key("trials/a__b_c") == "trials/a..b.c"
