"""Simulated sessions of the presets, without any study, and the folder of the published answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from core.answer_set import Collected, Presentation
from core.experiment import EXPERTISE, Session
from core.psychophysics.simulation import SimulatedParticipant, SimulatedSession, collected_of, simulate_session
from tests.core.psychophysics.builders import preset_plan, preset_spec
from tests.studies import NOW

PUBLISHED = Path(__file__).parents[4] / "shared" / "published"
TRIALS_1 = PUBLISHED / "experiment_I_main_practice_catch_repeated_trials_preprocessed.csv"
TRIALS_2 = PUBLISHED / "experiment_II_main_practice_catch_trials_preprocessed.csv"

needs_published = pytest.mark.skipif(
    not TRIALS_1.exists(), reason=f"{PUBLISHED} is not here: the published answers are not part of the repository"
)


def simulated(preset: str, *, n_people: int = 4, participant: SimulatedParticipant | None = None, seed: int = 1) -> Collected:
    """Return sessions of a preset on the paper's network; in experiment II experts and lay people take turns."""
    spec = preset_spec(preset)
    gathered = []
    for place in range(n_people):
        expertise = EXPERTISE[place % 2] if spec.numbered_within_group else None
        number = place // 2 + 1 if spec.numbered_within_group else place + 1
        taken = simulate_session(
            spec,
            preset_plan(spec, number, bands=preset == "imi"),
            participant or SimulatedParticipant(),
            np.random.default_rng([seed, place]),
            participant_number=number,
            started_at=NOW + timedelta(days=place),
        )
        session = Session(f"sitting-{place:02d}", f"tilo-{place:02d}", number, spec, taken.started_at, expertise)
        gathered.append(replace(collected_of(session, taken), presentations=presentations_of(session, taken)))
    return Collected(
        tuple(one for part in gathered for one in part.answers),
        tuple(one for part in gathered for one in part.ratings),
        tuple(one for part in gathered for one in part.sessions),
        tuple(one for part in gathered for one in part.presentations),
    )


def presentations_of(session: Session, taken: SimulatedSession) -> tuple[Presentation, ...]:
    """Return what the session showed, as the store would tell it."""
    responses = {response.trial_index: response for response in taken.responses}
    return tuple(
        Presentation(
            session=session.session_id,
            position=position,
            query_top=trial.query_top,
            query_bottom=trial.query_bottom,
            max_references=trial.max_references,
            min_references=trial.min_references,
            shown_ms=responses[trial.index].shown_ms,
            n_dropped_frames=responses[trial.index].n_dropped_frames,
            was_hidden=False,
            input_device="keyboard",
            screen="1440x900@1",
        )
        for position, trial in enumerate(taken.trials)
    )
