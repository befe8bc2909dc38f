"""The comparison of the conditions: people's and observers' answers to a study, apart. No torch."""

from __future__ import annotations

import http.client
import json
import tempfile
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core import inference, selection
from core.answer_set import SessionFacts, UnitRating
from core.design_spec import N_REFERENCES
from core.domain import Study
from core.errors import NotReady, StoreBusy
from core.experiment import Answer
from core.inference import ExclusionRules, Results, Scope
from core.services.observers.observer_results import ObserverResults, default_observer, observer_results
from core.store.answer_read import answers_of_parquet
from core.store.database import connect_memory
from core.store.responses import ResponseStore
from core.store.workspace import Workspace

EXPORT_ROUTE = "/api/exemplary/export"
TOKEN_HEADER = "X-Exemplary-Token"
EXPORT_TIMEOUT_S = 10


@dataclass(frozen=True, slots=True)
class Comparison:
    """A study's results, without conditions where nobody answered. `observers`: the default one first; `problems`: what cannot be read."""

    study: str
    people: Results
    observers: tuple[ObserverResults, ...]
    reference_share: float
    problems: tuple[str, ...] = ()

    @property
    def observer(self) -> ObserverResults | None:
        """Return the observer that stands for observers: an unbiased network, else a biased witness; None where there is neither."""
        return default_observer(self.observers)

    def as_dict(self) -> dict[str, Any]:
        """Return the schema of `exemplary results --json`."""
        return {
            "study": self.study,
            "people": self.people.as_dict(),
            "observers": [one.as_dict() for one in self.observers],
            "reference_share": self.reference_share,
            "problems": list(self.problems),
        }


def compare(
    workspace: Workspace,
    study: Study,
    people: Sequence[Answer],
    *,
    rules: ExclusionRules | None = None,
    scope: Scope | None = None,
    sessions: Sequence[SessionFacts] = (),
    ratings: Sequence[UnitRating] = (),
) -> Comparison:
    """Return the comparison of a study from people's answers and ratings (as given) and the observers' published answers.

    `scope`: which of people's answers; `rules`, or the scope's, are applied to these; attention rules judge by `sessions` too.
    """
    return comparison_of(workspace, study, inference.results(people, ratings=ratings, rules=rules, scope=scope, sessions=sessions))


def comparison_of(workspace: Workspace, study: Study, people: Results) -> Comparison:
    """Return the comparison of a study from people's results and the observers' published answers."""
    observers, problems = observer_results(workspace, study)
    return Comparison(
        study=study.key,
        people=people,
        observers=observers,
        reference_share=_reference_share(study),
        problems=problems,
    )


def _reference_share(study: Study) -> float:
    """Return the share that natural references span; that of one set where the image set is too small even for one."""
    n_images = study.image_set.n_images
    try:
        n_sets = selection.choose_n_sets(n_images, n_references=N_REFERENCES, top_k=study.mining.top_k)
    except NotReady:
        n_sets = 1
    return min(1.0, selection.reference_share(n_images, n_sets=n_sets, n_references=N_REFERENCES))


def read_people(workspace: Workspace, study: str, stimuli_digest: str | None = None) -> tuple[Answer, ...]:
    """Return people's answers for a command: from the file, or, where the dashboard holds it, from the running dashboard's export.

    Raises StoreBusy where neither works.
    """
    if not workspace.responses.exists():
        return ()
    try:
        with ResponseStore(workspace) as store:
            return store.answers(study, stimuli_digest)
    except StoreBusy as busy:
        content = ask_dashboard(workspace, EXPORT_ROUTE, b"PAR1", busy=busy)
    with tempfile.NamedTemporaryFile(suffix=".parquet") as file:
        file.write(content)
        file.flush()
        return answers_of_parquet(connect_memory(), Path(file.name), study, stimuli_digest)


def ask_dashboard(workspace: Workspace, route: str, begins: bytes, *, busy: StoreBusy) -> bytes:
    """Return what the running dashboard answers, content that begins with these bytes. Raises StoreBusy where none does."""
    try:
        app = json.loads(workspace.app_file.read_text())
        request = urllib.request.Request(f"http://{app['address']}:{app['port']}{route}", headers={TOKEN_HEADER: app["token"]})
        with urllib.request.urlopen(request, timeout=EXPORT_TIMEOUT_S) as reply:
            content: bytes = reply.read()
        if not content.startswith(begins):
            raise ValueError("what came is not an export")
    except (OSError, ValueError, KeyError, TypeError, http.client.HTTPException) as error:
        raise StoreBusy(
            f"{workspace.responses} is held by another process, and no dashboard answered for it ({error}); stop that process. {busy}"
        ) from error
    return content
