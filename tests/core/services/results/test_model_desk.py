"""Models are fitted beside the pages: one at a time, told while they run, kept by their key, with a sentence where they cannot be."""

from __future__ import annotations

import threading

from core.errors import UsageError
from core.inference.answer_table import AnswerTable, table_of
from core.inference.models import Models, fit_models
from core.services.results.model_desk import Fitting, ModelDesk
from tests.core.inference.test_choices import answers
from tests.processes import wait_until


def finished(desk: ModelDesk, key: str) -> Fitting:
    """Return a fit once it is over."""
    wait_until(lambda: (found := desk.look(key)) is not None and not found.is_running, "the fit")
    found = desk.look(key)
    assert found is not None
    return found


def test_a_fit_is_asked_for_once_and_kept() -> None:
    """Asking again while it runs starts no second one; what came of it stays."""
    may_end, calls = threading.Event(), list[int]()
    main = table_of(answers(200))

    def fit(table: AnswerTable) -> Models:
        calls.append(len(table))
        may_end.wait(30)
        return fit_models(table)

    desk = ModelDesk(fit)
    assert desk.look("people") is None
    desk.ask("people", main)
    desk.ask("people", main)
    found = desk.look("people")
    assert found is not None and found.is_running and found.n_answers == 200
    may_end.set()
    done = finished(desk, "people")
    assert done.models is not None and calls == [200] and done.models.n_answers == len(main.of("condition", "natural", "synthetic"))
    desk.close()


def test_what_cannot_be_fitted_is_a_sentence() -> None:
    """An error of ours becomes the fit's problem, and the next fit goes on."""

    def fit(table: AnswerTable) -> Models:
        if len(table) < 50:
            raise UsageError("Too few.")
        return fit_models(table)

    desk = ModelDesk(fit)
    desk.ask("few", table_of(answers(10)))
    assert finished(desk, "few").problem == "Too few."
    desk.ask("many", table_of(answers(60)))
    assert finished(desk, "many").models is not None
    desk.close()


def test_a_defect_is_a_sentence_too_and_seconds_stop() -> None:
    """What nobody foresaw is told, not raised on the page; a fit that is over took a fixed time."""

    def fit(table: AnswerTable) -> Models:
        raise ZeroDivisionError("by zero")

    desk = ModelDesk(fit)
    desk.ask("people", table_of(answers(10)))
    first = finished(desk, "people")
    assert first.problem is not None and "ZeroDivisionError: by zero" in first.problem
    assert desk.look("people") == first
    desk.close()
