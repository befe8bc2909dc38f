"""Simulated participants take a design's sessions; what they answer is an answer set of its own, never among people's. No torch."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np

from core.answer_set import AnswerSetCard, Collected
from core.design_spec import DesignSpec, has_images_of_its_own
from core.domain import Study, canonical_json
from core.errors import StaleWork, UsageError
from core.experiment import Expertise, Session
from core.jobs.job import Progress, silent
from core.psychophysics.design import SessionPlan, plan
from core.psychophysics.simulation import SimulatedParticipant, collected_of, simulate_session, varied
from core.psychophysics.trials import UnitMaterial
from core.services.answers.people import with_branches
from core.services.experiment import designs
from core.services.experiment.design_requests import DesignRequest
from core.services.experiment.materials import design_materials
from core.store import catalogue_read, design_files
from core.store.answer_sets import put_answer_set
from core.store.publication import CatalogueReader
from core.store.workspace import Workspace

MAX_PEOPLE: Final = 10_000
FIRST_DAY: Final = datetime(2000, 1, 1, 9, tzinfo=UTC)  # when simulated sessions begin, one a day: the same seed gives the same answers


@dataclass(frozen=True, slots=True)
class PeopleRequest:
    """Simulated people to ask for. `participant_sd`: how much their abilities differ, in logits."""

    n_people: int
    design: str
    name: str | None = None
    participant: SimulatedParticipant = field(default_factory=SimulatedParticipant)
    participant_sd: float = 0.0
    seed: int = 0
    replace: bool = False


@dataclass(frozen=True, slots=True)
class SimulatedReport:
    """What was simulated."""

    name: str
    study: str
    design: str
    n_people: int
    n_answers: int
    n_ratings: int
    folder: str

    def as_dict(self) -> dict[str, Any]:
        """Return the schema of `exemplary simulate --people --json`."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _Enrolled:
    """The place of a simulated participant: name, number within the design (or the group), group."""

    name: str
    number: int
    expertise: Expertise | None


def simulate_people(workspace: Workspace, study: Study, request: PeopleRequest, *, progress: Progress = silent) -> SimulatedReport:
    """Let simulated participants take the design and publish their answers as an answer set of kind "simulated".

    Raises UsageError, UnknownName, NotReady as planning a session does.
    """
    if not 1 <= request.n_people <= MAX_PEOPLE:
        raise UsageError(f"{request.n_people} simulated people were asked for; ask for 1 to {MAX_PEOPLE:,}.")
    reader = CatalogueReader(workspace)
    design = named_design(workspace, reader, study, request.design)
    name = request.name or f"simulated-{design.name}"
    gathered = []
    planner = _Planner(workspace, reader, study, design)
    for place, enrolled in enumerate(_enrolled(design, request.n_people)):
        gathered.append(_session(planner, enrolled, request, place))
        progress(place + 1, request.n_people, "simulated people")
    answers = tuple(answer for one in gathered for answer in one.answers)
    collected = Collected(
        answers=with_branches(answers, study.network.all_layers),
        ratings=tuple(rating for one in gathered for rating in one.ratings),
        sessions=tuple(facts for one in gathered for facts in one.sessions),
    )
    about = {"participant": asdict(request.participant), "participant_sd": request.participant_sd, "seed": request.seed}
    card = AnswerSetCard(
        name=name,
        kind="simulated",
        study=study.key,
        made_at=datetime.now(UTC),
        design=canonical_json(design),
        simulated=canonical_json({**about, "n_people": request.n_people}),
    )
    folder = put_answer_set(workspace, card, collected, replace=request.replace)
    return SimulatedReport(name, study.key, design.name, request.n_people, len(answers), len(collected.ratings), str(folder))


def named_design(workspace: Workspace, reader: CatalogueReader, study: Study, name: str) -> DesignSpec:
    """Return a saved design of this study, else the preset of this name. Raises UnknownName, NotReady, StaleWork."""
    if name not in design_files.saved_names(workspace):
        return designs.build(reader, study, DesignRequest(preset=name))
    design = design_files.read_saved(workspace, name)
    if design.study != study.key:
        raise UsageError(f"The design {name} is of the study {design.study}, not of {study.key}; name that study (--study).")
    if design.stimuli_digest != study.stimuli_digest:
        raise StaleWork(f"The design {name} was made for {study.key} as it was mined before; make it again (`exemplary design`).")
    return design


class _Planner:
    """Plans sessions of one design; materials that all participants share are read once."""

    def __init__(self, workspace: Workspace, reader: CatalogueReader, study: Study, design: DesignSpec) -> None:
        self._places = workspace, reader, study
        self.design = design
        self._addresses = catalogue_read.crop_addresses(reader.cursor(), study)
        self._shared: list[UnitMaterial] | None = None

    def session(self, number: int) -> SessionPlan:
        """Return the plan of a participant's session."""
        return plan(self.design, participant_number=number, materials=self._materials(number), address_of=self._addresses)

    def _materials(self, number: int) -> list[UnitMaterial]:
        if self._shared is not None:
            return self._shared
        found = design_materials(*self._places, self.design, participant_number=number)
        if self.design.lists("main") or any(map(has_images_of_its_own, self.design.conditions)):  # else a draw for each participant
            self._shared = found
        return found


def _enrolled(design: DesignSpec, n_people: int) -> list[_Enrolled]:
    """Return who takes part; where a design numbers experts and lay people apart, they take turns."""
    width = max(3, len(str(n_people)))
    groups: tuple[Expertise | None, ...] = ("expert", "lay") if design.numbered_within_group else (None,)
    return [
        _Enrolled(f"simulated-{place + 1:0{width}d}", place // len(groups) + 1, groups[place % len(groups)]) for place in range(n_people)
    ]


def _session(planner: _Planner, enrolled: _Enrolled, request: PeopleRequest, place: int) -> Collected:
    rng = np.random.default_rng([request.seed, place])
    participant = varied(request.participant, request.participant_sd, rng) if request.participant_sd else request.participant
    design = planner.design
    taken = simulate_session(
        design,
        planner.session(enrolled.number),
        participant,
        rng,
        participant_number=enrolled.number,
        started_at=FIRST_DAY + timedelta(days=place),
    )
    session = Session(enrolled.name, enrolled.name, enrolled.number, design, taken.started_at, enrolled.expertise)
    return collected_of(session, taken)
