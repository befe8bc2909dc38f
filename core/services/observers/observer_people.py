"""What people's trials of a study showed, for observers to embed: agreement is about these very images. No torch."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from core.domain import Study
from core.errors import StoreError
from core.inference.answer_table import table_of
from core.psychophysics.observer_tasks import Stimulus
from core.services.answers.people import read_collected
from core.services.observers.observer_agreement import places_of, stimuli_of
from core.store.workspace import Workspace


@dataclass(frozen=True, slots=True)
class PeoplesTrials:
    """The stimulus of each main trial with references that people answered; `problem`: why these could not be read."""

    stimuli: tuple[Stimulus, ...] = ()
    problem: str | None = None

    def __len__(self) -> int:
        return len(self.stimuli)

    @property
    def addresses(self) -> tuple[str, ...]:
        """Return the address of every image that they show, each once."""
        return tuple(dict.fromkeys(address for one in dict.fromkeys(self.stimuli) for address in one.addresses))

    def n_covered(self, seen: Collection[str]) -> int:
        """Return how many trials show only images that were seen."""
        return sum(all(address in seen for address in one.addresses) for one in self.stimuli)


def peoples_trials(workspace: Workspace, study: Study) -> PeoplesTrials:
    """Return what people's trials of the study's stimuli showed, from the file or from the dashboard that holds it."""
    try:
        found = read_collected(workspace, study, details=True)
    except StoreError as error:
        return PeoplesTrials(problem=str(error))
    main = table_of([answer for answer in found.answers if answer.kind == "main"])
    return PeoplesTrials(tuple(one for one in stimuli_of(main, places_of(found.presentations)) if one is not None))
