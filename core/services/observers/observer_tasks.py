"""The tasks of an observer: for every mined unit its stimulus sets, with natural references and with those of each other condition.

No torch. Sets are those of people's designs (METHOD section 2) of as many sets: an observer needs no more than one sitting, so that it
takes as many as the mined exemplars give, whatever share of the image set they then span; that share is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core import selection
from core.design_spec import N_REFERENCES, Condition, Scheme, is_max_only, n_references_of
from core.domain import Study, Unit
from core.errors import NotReady, UsageError
from core.psychophysics.observer_tasks import Places, Tasks
from core.services.experiment.materials import Rendered, images_of
from core.store import catalogue_read, mined_read, ranked_read, render_read
from core.store.publication import CatalogueReader

N_TASKS: Final = 20  # a unit and condition (Zimmermann, Klindt and Brendel 2024)
SEED: Final = 0


@dataclass(frozen=True, slots=True, eq=False)
class StudyTasks:
    """`tasks`: by condition, n_sets a unit, unit after unit; their `unit` is a code into `units`. No condition is without tasks.

    `n_left_out`: units without tasks: constant ones, and those of which so few images differ that sets of both ends would share some.
    `conditions_left_out`: those with images, but of none of these units. `references`: digest of the spec of each condition's own images,
    whichever units they are of.
    """

    scheme: Scheme
    n_sets: int
    n_references: int
    reference_share: float
    units: tuple[Unit, ...]
    n_left_out: int
    conditions_left_out: tuple[Condition, ...]
    natural: tuple[str, ...]  # address of every image of the set, by image id
    tasks: Mapping[Condition, Tasks]
    references: tuple[tuple[Condition, str], ...]

    def set_numbers(self, condition: Condition) -> Places:
        """Return the stimulus set of each of a condition's tasks, (n,)."""
        return np.arange(len(self.tasks[condition]), dtype=np.int64) % self.n_sets


def study_tasks(
    reader: CatalogueReader,
    study: Study,
    *,
    scheme: Scheme = "Min-Max-9",
    n_tasks: int = N_TASKS,
    units: Sequence[Unit] | None = None,
) -> StudyTasks:
    """Return the tasks of the mined units (of `units`, or of all), up to n_tasks each. Raises NotReady where there are too few images."""
    if n_tasks < 1:
        raise UsageError(f"{n_tasks} tasks a unit were asked for; ask for at least one.")
    n_references = n_references_of(scheme, N_REFERENCES)
    n_images, top_k = study.image_set.n_images, study.mining.top_k
    n_sets = selection.choose_n_sets(n_images, n_references=n_references, top_k=top_k, max_sets=n_tasks, min_sets=n_tasks)
    chosen, n_left_out, most, least = _stimuli(reader, study, n_sets, n_references, None if units is None else set(units))
    addresses = catalogue_read.crop_addresses(reader.cursor(), study)
    natural = tuple(addresses[image_id] for image_id in range(n_images))
    sets = _Sets(natural, chosen, most, least, is_max_only(scheme))
    shown = {one: rendered for one, rendered in _own_images(reader, study, n_references).items() if rendered.addresses}
    made = {one: sets.tasks_with(rendered) for one, rendered in shown.items()}
    return StudyTasks(
        scheme,
        n_sets,
        n_references,
        selection.reference_share(n_images, n_sets=n_sets, n_references=n_references),
        chosen,
        n_left_out,
        tuple(one for one, tasks in made.items() if not len(tasks)),
        natural,
        {"natural": sets.natural_tasks(), **{one: tasks for one, tasks in made.items() if len(tasks)}},
        tuple((one, rendered.spec_digest or "") for one, rendered in shown.items()),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Sets:
    """Image ids of every unit's sets: `most`, `least` are (units, sets, 1 + references), the query first."""

    natural: tuple[str, ...]
    units: tuple[Unit, ...]
    most: Places
    least: Places
    is_max_only: bool

    def natural_tasks(self) -> Tasks:
        n_references = self.most.shape[2] - 1
        return self._tasks(self.natural, np.arange(len(self.units)), self.most[:, :, 1:], self.least[:, :, 1:], n_references)

    def tasks_with(self, rendered: Rendered) -> Tasks:
        """Return the tasks of the units that have images of a condition: every set of a unit with the same references, its first ones."""
        n_sets, n_references = self.most.shape[1], self.most.shape[2] - 1
        whose = [place for place, unit in enumerate(self.units) if unit in rendered.addresses]
        made: list[str] = []
        for place in whose:
            for addresses in rendered.references(self.units[place]):
                made += addresses[:n_references]
        places = len(self.natural) + np.arange(len(made)).reshape(len(whose), 2, 1, n_references)
        repeated = np.broadcast_to(places, (len(whose), 2, n_sets, n_references))
        return self._tasks((*self.natural, *made), np.array(whose, dtype=np.int64), repeated[:, 0], repeated[:, 1], n_references)

    def _tasks(self, images: Sequence[str], whose: Places, most: Places, least: Places, n_references: int) -> Tasks:
        n_sets = self.most.shape[1]
        n = len(whose) * n_sets
        queries = np.stack([self.most[whose, :, 0], self.least[whose, :, 0]], axis=-1)  # (units, sets, 2)
        return Tasks(
            images,
            queries.reshape(n, 2),
            most.reshape(n, n_references),
            np.empty((n, 0), dtype=np.int64) if self.is_max_only else least.reshape(n, n_references),
            np.repeat(whose, n_sets),
        )


def _stimuli(
    reader: CatalogueReader, study: Study, n_sets: int, n_references: int, wanted: set[Unit] | None
) -> tuple[tuple[Unit, ...], int, Places, Places]:
    """Return the units that have sets, how many have none, and the images of max and of min, (units, sets, 1 + references) each."""
    cursor = reader.cursor()
    mined = mined_read.mined_layers(cursor, study.key)
    n_ranks = n_sets * (n_references + 1)
    units: list[Unit] = []
    bins: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []
    n_left_out = 0
    for layer in study.network.all_layers:
        if layer.name not in mined or (wanted is not None and all(unit.layer != layer.name for unit in wanted)):
            continue
        ranked = [ranked_read.ranked_images(cursor, study.key, layer.name, extreme, n_ranks=n_ranks) for extreme in ("max", "min")]
        usable = ranked_read.responds(cursor, study.key, layer.name) & _are_apart(*ranked)
        asked = [Unit(layer.name, channel) for channel in range(len(usable))]
        asked = [unit for unit in asked if wanted is None or unit in wanted]
        there = [unit for unit in asked if usable[unit.channel]]
        n_left_out += len(asked) - len(there)
        units += there
        bins += [_bins(unit, ranked[0][unit.channel], ranked[1][unit.channel], n_sets, n_references) for unit in there]
    if not units:
        raise NotReady(f"No unit of {study.key} can be observed: none is mined, or all are constant; mine more layers or images.")
    most, least = (np.stack([pair[place].T for pair in bins]) for place in (0, 1))
    return tuple(units), n_left_out, most, least


def _bins(unit: Unit, most: Places, least: Places, n_sets: int, n_references: int) -> tuple[Places, Places]:
    return selection.stratified_bins(
        most.tolist(), least.tolist(), n_sets=n_sets, n_references=n_references, rng=selection.set_rng(SEED, unit)
    )


def _are_apart(most: Places, least: Places) -> NDArray[np.bool_]:
    """Return of each channel whether no image is among both its max and its min exemplars, (n_channels,)."""
    together = np.sort(np.concatenate([most, least], axis=1), axis=1)
    return np.asarray((np.diff(together, axis=1) > 0).all(axis=1))


def _own_images(reader: CatalogueReader, study: Study, n_references: int) -> dict[Condition, Rendered]:
    conditions = ("synthetic", *render_read.imported_specs(reader.cursor(), study.network))
    return {one: images_of(reader, study, one, n_references=n_references) for one in conditions}
