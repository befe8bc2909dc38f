"""The self-test page, judged by what a participant sees: taking part, going on, one's own answers, leaving."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.design_spec import DesignSpec
from core.experiment import Session
from core.services.experiment import designs
from core.services.experiment.design_requests import DesignRequest
from core.services.experiment.designs import DesignOffer, UnitCounts
from core.services.experiment.sessions import Enrolment
from core.store.design_files import save_design
from core.store.workspace import Workspace
from dashboard import caching, resources, state
from dashboard.pages import enrolment as enrolment_page
from dashboard.participant_text import participant_text
from tests.dashboard.apptest import open_page, words_of
from tests.dashboard.conftest import session_in
from tests.studies import LAYERS, MAIN_UNITS, Workplace, activation_matrix, response_to, tiny_study, trials_of

ENGLISH = participant_text("en")
CONSENT = "# Taking part\n\nYou take part of your own free will."


def button(page: AppTest, label: str) -> AppTest:
    """Press the button of this label and return the page after it."""
    return next(one for one in page.button if one.label == label).click().run()


def start(page: AppTest, name: str) -> AppTest:
    page.text_input(key=state.PARTICIPANT).input(name)
    return button(page, ENGLISH.enrolment.start)


def opened(page: AppTest) -> Session:
    """Return the session that the page has begun."""
    return resources.responses().session(page.session_state[state.SESSION])


def n_sessions() -> int:
    return resources.responses().n_sessions("tiny/shapes")


def saved(place: Workplace, name: str = "mine", **changes: object) -> DesignSpec:
    """Save a short design of the study under a name."""
    request = DesignRequest(n_main=4, n_practice=0)
    spec = replace(designs.build(resources.reader(), place.study, request), name=name, **changes)  # type: ignore[arg-type]
    save_design(place.workspace, spec)
    return spec


def finished(place: Workplace, **changes: object) -> None:
    """Store a session whose eight trials are answered, one of them wrongly."""
    store = resources.responses()
    store.add_session(replace(session_in(place), **changes), trials_of())  # type: ignore[arg-type]
    for trial in trials_of():
        store.add_response("session-0", response_to(trial, right=trial.index != 0))


# --- taking part ----------------------------------------------------------------------------------------------------------------


def test_a_self_test_begins_with_one_click(served: Workplace) -> None:
    """A code is offered as a name; the session is stored under it and begins with its instructions."""
    page = open_page("self-test")
    offered = page.text_input(key=state.PARTICIPANT).value
    button(page, ENGLISH.enrolment.start)
    assert not page.exception and not page.error and offered
    session = opened(page)
    assert (session.participant, session.language, session.expertise, session.consent) == (offered, "en", None, None)
    assert page.query_params[state.SESSION] == session.session_id
    assert ENGLISH.leaving.kept in words_of(page)


def test_a_name_is_trimmed_and_an_empty_one_made(served: Workplace) -> None:
    """Who types a name is stored under it; who deletes the offered one gets a code."""
    assert opened(start(open_page("self-test"), "  Ada  ")).participant == "Ada"
    assert len(opened(start(open_page("self-test"), " ")).participant) > 3


def test_an_address_for_a_name_is_refused(served: Workplace) -> None:
    """An e-mail address is not stored: the page says so and stays."""
    page = start(open_page("self-test"), "ada@example.org")
    assert not page.exception and "e-mail" in page.error[0].value and n_sessions() == 0


def test_what_one_says_of_oneself_is_stored(served: Workplace) -> None:
    """Expertise and demographics are kept, each where it was given."""
    page = open_page("self-test")
    page.button_group(key="expertise").select("lay")
    page.number_input(key="age").set_value(31)
    page.selectbox(key="visual-aid").select("glasses")
    session = opened(button(page, ENGLISH.enrolment.start))
    assert session.expertise == "lay"
    assert (session.demographics.age, session.demographics.visual_aid) == (31, "glasses")
    assert (session.demographics.gender, session.demographics.handedness) == (None, None)


def test_taking_part_needs_the_consent_that_is_asked_for(served: Workplace) -> None:
    """Where the workspace has a text to agree to, it is shown, and without a tick nothing begins."""
    (served.workspace.root / "consent.md").write_text(CONSENT)
    page = open_page("self-test")
    assert "of your own free will" in words_of(page)
    button(page, ENGLISH.enrolment.start)
    assert ENGLISH.enrolment.no_consent in page.error[0].value and n_sessions() == 0
    page.checkbox(key="consent").check()
    assert opened(button(page, ENGLISH.enrolment.start)).consent


def test_taking_part_in_german(served: Workplace) -> None:
    """The address names the language; the form and the session are in it, and so is the consent where there is a German one."""
    (served.workspace.root / "consent.md").write_text(CONSENT)
    (served.workspace.root / "consent.de.md").write_text("Die Teilnahme ist freiwillig.")
    german = participant_text("de")
    page = open_page("self-test", language="de")
    words = words_of(page)
    assert german.enrolment.title in words and "freiwillig" in words and "free will" not in words
    page.checkbox(key="consent").check()
    assert opened(button(page, german.enrolment.start)).language == "de"
    assert german.leaving.kept in words_of(page)


def test_a_language_that_is_not_there_is_passed_over(served: Workplace) -> None:
    """An address with an unknown language or design shows the defaults."""
    page = open_page("self-test", language="tlh", design="no-such-design")
    assert not page.exception and ENGLISH.enrolment.title in words_of(page)
    assert page.selectbox(key="chosen-design").value == "quick"


# --- designs --------------------------------------------------------------------------------------------------------------------


def test_what_a_design_lacks_is_told_with_its_command(served: Workplace) -> None:
    """A preset that this study cannot have says what is missing and which command makes it; nothing can be started."""
    page = open_page("self-test", design="borowski2021-exp1")
    assert not page.exception and ENGLISH.enrolment.missing in words_of(page)
    assert ENGLISH.enrolment.start not in [one.label for one in page.button]


def test_a_saved_design_is_chosen_by_the_address(served: Workplace) -> None:
    """A link names a saved design; its session is planned by it."""
    saved(served, "our-design", pause_ms=0)
    page = open_page("self-test", design="our-design")
    assert page.selectbox(key="chosen-design").value == "our-design"
    assert not page.button_group(key="expertise").value
    session = opened(button(page, ENGLISH.enrolment.start))
    assert (session.design.name, session.design.pause_ms) == ("our-design", 0)


def test_a_design_that_numbers_groups_apart_asks_for_expertise(served: Workplace) -> None:
    """Without it nothing begins."""
    saved(served, "grouped", numbered_within_group=True)
    page = open_page("self-test", design="grouped")
    button(page, ENGLISH.enrolment.start)
    assert page.error[0].value == ENGLISH.enrolment.no_expertise and n_sessions() == 0
    page.button_group(key="expertise").select("expert")
    assert opened(button(page, ENGLISH.enrolment.start)).expertise == "expert"


def test_a_design_of_former_stimuli_is_a_sentence(served: Workplace) -> None:
    """A design that was made for the study as it was mined before is refused in place."""
    saved(served, "old", stimuli_digest="0" * 16)
    page = open_page("self-test", design="old")
    button(page, ENGLISH.enrolment.start)
    assert not page.exception and "mined before" in page.error[0].value and n_sessions() == 0


def serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXEMPLARY_WORKSPACE", str(tmp_path / "workspace"))
    caching.forget_all()


def test_a_study_of_few_units(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With fewer live units than the shortest self-test has trials, the page says what is missing."""
    dead = {layer.name: np.zeros((60, layer.n_channels), dtype=np.float32) for layer in LAYERS}
    dead["mixed3a"][:, :4] = activation_matrix(LAYERS[1], 60)[:, :4]
    tiny_study(tmp_path, n_images=60, reserved=(), n_renders=0, observed=False, matrices=dead)
    serve(tmp_path, monkeypatch)
    page = open_page("self-test")
    assert not page.exception and "needs 4 units" in words_of(page) and page.button


def test_a_self_test_of_four_rendered_units(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four rendered units give a test of four trials a condition; longer ones are not offered, and it begins."""
    tiny_study(tmp_path, main=MAIN_UNITS[:4])
    serve(tmp_path, monkeypatch)
    page = open_page("self-test")
    assert list(page.button_group(key="conditions").options) == ["Natural references", "Synthetic references", "No references"]
    assert list(page.button_group(key="length").options) == ["4"]
    button(page, ENGLISH.enrolment.start)
    assert not page.exception and not page.error and n_sessions() == 1


def test_synthetic_references_need_enough_units(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With three rendered units synthetic references are not offered, and the page says what they need."""
    tiny_study(tmp_path, main=MAIN_UNITS[:3])
    serve(tmp_path, monkeypatch)
    page = open_page("self-test")
    assert list(page.button_group(key="conditions").options) == ["Natural references", "No references"]
    assert len(page.button_group(key="length").options) > 1 and "this study has 3" in page.info[0].value


def test_too_long_a_self_test_is_refused_in_place() -> None:
    """Where the study has fewer units by now than trials were asked for, that is told before anything is planned."""
    counts = UnitCounts(n_natural=18, n_synthetic=5, n_reserved=2, n_sets=3, reference_share=0.1)
    offer, enrolment = DesignOffer("quick", None), Enrolment("Ada")
    ask = partial(enrolment_page._problem, counts, offer, enrolment=enrolment, texts=ENGLISH)
    assert ask(DesignRequest(conditions=("natural", "none"), n_main=12)) == ""
    problem = ask(DesignRequest(conditions=("natural", "synthetic"), n_main=12))
    assert problem.startswith("Synthetic references: 5 units") and "12 trials" in problem


def test_no_condition_is_refused_in_place(served: Workplace) -> None:
    """Somebody who deselects everything is asked for one kind of references."""
    page = open_page("self-test")
    page.button_group(key="conditions").set_value([])
    button(page, ENGLISH.enrolment.start)
    assert page.error[0].value == ENGLISH.enrolment.no_condition and n_sessions() == 0


# --- going on and leaving -------------------------------------------------------------------------------------------------------


def test_an_unknown_self_test_is_told(served: Workplace) -> None:
    """A link to a session that is not there says so and offers a new one."""
    page = open_page("self-test", session="no-such-session")
    assert not page.exception and page.warning
    page.button[0].click().run()
    assert not page.exception and not page.warning


def test_leaving_keeps_the_answers(served: Workplace) -> None:
    """Who stops is shown the personal link; what was answered stays, and the link leads back."""
    store = resources.responses()
    store.add_session(session_in(served), trials_of())
    store.add_response("session-0", response_to(trials_of()[0]))
    page = open_page("self-test", session="session-0")
    assert f"?{state.SESSION}=session-0" in words_of(page)
    button(page, ENGLISH.leaving.go)
    assert state.SESSION not in page.query_params and ENGLISH.enrolment.title in words_of(page)
    assert store.n_responses("tiny/shapes") == 1


def test_deleting_takes_two_clicks(served: Workplace) -> None:
    """The first click asks, a second one may still keep; only then everything of the session is gone, and the page says so once."""
    finished(served)
    page = open_page("self-test", session="session-0")
    button(page, ENGLISH.leaving.delete)
    assert "with its 8 answers for good?" in words_of(page)
    button(page, ENGLISH.leaving.keep)
    assert resources.responses().n_responses("tiny/shapes") == 8
    button(page, ENGLISH.leaving.delete)
    button(page, ENGLISH.leaving.delete_really)
    assert not page.exception and page.success[0].value == ENGLISH.leaving.deleted
    assert resources.responses().n_responses("tiny/shapes") == 0 and n_sessions() == 0
    assert not page.run().success


# --- one's own answers ----------------------------------------------------------------------------------------------------------


def test_a_finished_self_test_shows_ones_answers(served: Workplace) -> None:
    """One's own proportion correct with n and interval, that of everyone, and the paper's headline, for each condition."""
    finished(served)
    words = words_of(open_page("self-test", session="session-0"))
    assert "3 of 4 correct" in words and "4 of 4 correct" in words and "4 trials of 1 person" in words
    assert "You 75 %" in words and "Everyone 75 %" in words and "92 ± 2 %" in words and "82 ± 4 %" in words
    assert "95 % interval 30 to 95 %" in words


def test_ones_answers_in_german(served: Workplace) -> None:
    """The end page speaks the session's language, with decimal commas."""
    finished(served, language="de")
    words = words_of(open_page("self-test", session="session-0"))
    assert "3 von 4 richtig" in words and "1,2 s" in words and participant_text("de").summary.thanks in words


def test_ones_answers_while_others_cannot_be_pooled(served: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the study was mined anew since, one's own answers are still shown, without those of others to other images."""
    finished(served, design=replace(session_in(served).design, stimuli_digest="0" * 16))
    words = words_of(open_page("self-test", session="session-0"))
    assert "You 75 %" in words and "Everyone –" in words


def test_several_schemes_are_told_apart(served: Workplace) -> None:
    """With more than one presentation scheme a table says how many were right in each."""
    store = resources.responses()
    trials = [replace(one, scheme="Max-1" if one.index < 4 else "Min-Max-9") for one in trials_of()]
    store.add_session(session_in(served), trials)
    for trial in trials:
        store.add_response("session-0", response_to(trial))
    page = open_page("self-test", session="session-0")
    (table,) = page.dataframe
    assert list(table.value[ENGLISH.summary.scheme]) == ["1, on the right only", "9 on each side"]


def test_consent_that_cannot_be_read_is_a_sentence(served: Workplace) -> None:
    """A file that is no text is named, and nobody takes part without it."""
    (served.workspace.root / "consent.md").write_bytes(b"\xff\xfe\x00")
    page = open_page("self-test")
    assert not page.exception and "consent.md" in page.error[0].value


def test_an_empty_workspace_has_no_self_test(served_empty: Workspace) -> None:
    """Without a study the page leads to the overview."""
    assert not open_page("self-test").exception
