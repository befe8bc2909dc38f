"""Which answers models are of: those that the results of the same scope are of."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.answer_set import Collected
from core.errors import UsageError
from core.experiment import Answer
from core.inference import results
from core.inference.answer_table import table_of
from core.inference.choices import counted
from core.inference.rules import ExclusionRules
from core.inference.scope import Scope
from core.services.results.models import models_of, published_models
from tests.core.inference.crossed import answer, crossed


def catch(who: str, score: float) -> Answer:
    """Return an answer to a catch trial."""
    from dataclasses import replace

    return replace(answer(who, 99, "natural", score), kind="catch")


def answers() -> list[Answer]:
    """Return main trials of four participants, one of whom fails a catch trial."""
    rng = np.random.default_rng(0)
    main = [
        answer(f"p{who}", unit, one, float(rng.random() < 0.7)) for who in range(4) for unit in range(6) for one in ("natural", "synthetic")
    ]
    return [*main, *(catch(f"p{who}", float(who > 0)) for who in range(4))]


@pytest.mark.parametrize(
    "scope",
    [Scope(), Scope(participants=("p1", "p2")), Scope(conditions=("natural",)), Scope(rules=ExclusionRules(min_catch=0.5))],
    ids=["all", "participants", "condition", "rules"],
)
def test_counts_what_results_count(scope: Scope) -> None:
    """The main trials of a scope are as many, of as many participants, as its results say."""
    table, found = counted(table_of(answers()), scope), results(answers(), scope=scope)
    assert (len(table), len(table.present("respondent"))) == (found.n_main_answers, found.n_participants)


def test_models_of_a_scope() -> None:
    """The rules of the scope hold for the models, too."""
    found = models_of(Collected(tuple(answers())), Scope(rules=ExclusionRules(min_catch=0.5)))
    assert found.n_answers == 36 and found.bayesian is not None and found.bayesian.n_participants == 3


def test_published_models_need_files(tmp_path: Path) -> None:
    """A folder without files is refused with a sentence."""
    with pytest.raises(UsageError, match="holds no CSV"):
        published_models(tmp_path)


def test_a_table_is_as_good_as_answers() -> None:
    """Models of a table are those of its answers."""
    table = crossed(np.random.default_rng(1), 5, 4).table
    assert len(counted(table, Scope())) == len(table)
