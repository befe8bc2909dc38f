"""Let machine observers answer: embed what is missing, decide every task, publish. Imports torch."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.design_spec import Condition, Scheme
from core.domain import Study, digest
from core.jobs.job import Job, Progress, silent, working
from core.psychophysics.observer_tasks import MOST_ENTRIES
from core.psychophysics.observers import Observer, iter_decisions
from core.services.observers.observer_decisions import Decided
from core.services.observers.observer_people import PeoplesTrials, peoples_trials
from core.services.observers.observer_tasks import N_TASKS, SEED, StudyTasks, study_tasks
from core.services.observers.observer_witnesses import Witness, default_embedder, witness_of
from core.services.units.unit_names import parse_units
from core.settings import Settings
from core.store.observations import DEFAULT_SCHEME, ObserverCard
from core.store.publication import CatalogueReader
from core.store.workspace import Workspace

PUBLISH_S: Final = 60.0  # answers of a slow observer are published so often: an interruption loses no more
PAIRS_AT_ONCE: Final = 4096  # distances of one matrix of a pairwise observer, so that it reports and can be stopped


@dataclass(frozen=True, slots=True)
class ObserveRequest:
    """Which observers are asked (none named: the default one), in which presentation scheme, for how many tasks a unit and condition."""

    embedders: tuple[str, ...] = ()
    scheme: Scheme = DEFAULT_SCHEME
    n_tasks: int = N_TASKS
    units: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ObserveReport:
    """What an observer did. `conditions_left_out`: those of which none of the units has images. `scores`: proportion correct and number of
    tasks by condition; `n_embedded`, `scoring_s`: of this run. `n_people_trials`: people's main trials with references; it has seen
    all images of `n_people_covered` of them; `people_problem`: why they could not be read."""

    card: ObserverCard
    n_units: int
    n_left_out: int
    conditions_left_out: tuple[Condition, ...]
    scores: Mapping[Condition, tuple[float, int]]
    n_embedded: int
    scoring_s: float
    n_people_trials: int
    n_people_covered: int
    people_problem: str | None

    def as_dict(self) -> dict[str, Any]:
        """Return the schema of `exemplary observe --json`: a list of these."""
        scores = {condition: {"proportion_correct": share, "n_tasks": n} for condition, (share, n) in self.scores.items()}
        counted = {"n_units": self.n_units, "n_left_out": self.n_left_out, "n_embedded": self.n_embedded, "scoring_s": self.scoring_s}
        left_out = {"conditions_left_out": list(self.conditions_left_out)}
        people = {"n_trials": self.n_people_trials, "n_covered": self.n_people_covered, "problem": self.people_problem}
        return {"observer": self.card.as_dict(), **counted, "conditions": scores, **left_out, "people": people}


def observe(
    settings: Settings, study: Study, request: ObserveRequest = ObserveRequest(), *, progress: Progress = silent
) -> tuple[ObserveReport, ...]:
    """Let each observer decide the tasks of every mined unit, with natural references and with those of each condition that has images.

    What was embedded and decided before is kept: interrupted at any moment, the next call goes on. What people's trials showed is embedded,
    too, so that the agreement with people is about all of them. The none condition is left out: without references D = 0 in every task,
    chance by construction. Raises NotReady, UsageError, UnknownName.
    """
    workspace = Workspace(settings.workspace)
    reader = CatalogueReader(workspace)
    units = parse_units(study.network, request.units) if request.units else None
    name = f"observe-{digest([study.key, asdict(request)])}"
    with working(workspace, name, spec={"study": study.key, **asdict(request)}, progress=progress) as job:
        job.report(0, 1, "stimulus sets")
        tasks = study_tasks(reader, study, scheme=request.scheme, n_tasks=request.n_tasks, units=units)
        people = peoples_trials(workspace, study)
        sources = request.embedders or (default_embedder(reader, study),)
        return tuple(_observe(_Run(settings, reader, study, tasks, people, job), source) for source in dict.fromkeys(sources))


@dataclass(frozen=True, slots=True)
class _Run:
    settings: Settings
    reader: CatalogueReader
    study: Study
    tasks: StudyTasks
    people: PeoplesTrials
    job: Job


def _observe(run: _Run, source: str) -> ObserveReport:
    witness = witness_of(run.settings, run.reader, run.study, source)
    card = _card(run, witness)
    decided = Decided(run.reader.workspace, card, run.tasks)
    left = decided.left()
    n_embedded = witness.embed(
        run.tasks,
        left,
        people=run.people.addresses,
        report=lambda done, total: run.job.report(done, total, f"{card.name}: embedding images"),
    )
    began = time.perf_counter()
    if any(chosen.any() for chosen in left.values()):
        _decide(run, witness.observer(run.tasks, left), decided, left, card)
    scoring_s = time.perf_counter() - began
    return ObserveReport(
        card=card,
        n_units=len(run.tasks.units),
        n_left_out=run.tasks.n_left_out,
        conditions_left_out=run.tasks.conditions_left_out,
        scores=decided.scores(),
        n_embedded=n_embedded,
        scoring_s=scoring_s,
        n_people_trials=len(run.people),
        n_people_covered=run.people.n_covered(witness.seen()),
        people_problem=run.people.problem,
    )


def _decide(run: _Run, observer: Observer, decided: Decided, left: Mapping[Condition, NDArray[np.bool_]], card: ObserverCard) -> None:
    total = sum(int(chosen.sum()) for chosen in left.values())
    n_done, published = 0, time.monotonic()
    at_once = PAIRS_AT_ONCE if card.kind == "pairwise" else MOST_ENTRIES
    for condition, chosen in left.items():
        places = np.flatnonzero(chosen)
        for found, values in iter_decisions(observer, run.tasks.tasks[condition].where(chosen), most_entries=at_once):
            decided.add(condition, places[found], values)
            n_done += len(values)
            run.job.report(n_done, total, f"{card.name}: deciding tasks")
            if time.monotonic() - published > PUBLISH_S:
                decided.publish()
                published = time.monotonic()
    decided.publish()


def _card(run: _Run, witness: Witness) -> ObserverCard:
    tasks = run.tasks
    scheme = "" if tasks.scheme == DEFAULT_SCHEME else f" {tasks.scheme}"
    return ObserverCard(
        name=f"{witness.name}{scheme}",
        study=run.study.key,
        stimuli_digest=run.study.stimuli_digest,
        embedder=witness.source,
        embedder_digest=witness.digest,
        description=witness.description,
        kind=witness.kind,
        is_biased=witness.is_biased,
        is_z_scored=witness.is_z_scored,
        scheme=tasks.scheme,
        n_sets=tasks.n_sets,
        n_references=tasks.n_references,
        reference_share=tasks.reference_share,
        seed=SEED,
        references=tasks.references,
        temperature=witness.temperature,
    )
