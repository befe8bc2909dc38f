"""A name becomes an observer: who it is, what it must embed, and what it knows without."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from core.embedder_names import DEMO_OBSERVER
from core.errors import UnknownName, UsageError
from core.psychophysics.observers import EmbeddingObserver, PairwiseObserver
from core.services.observers import observer_witnesses
from core.services.observers.observer_tasks import StudyTasks, study_tasks
from core.services.observers.observer_witnesses import Witness, default_embedder, witness_of
from core.services.renders.synthesis import synthesize
from core.settings import Settings
from core.store import catalogue_write
from core.store.publication import CatalogueReader, publish
from core.store.workspace import Workspace
from tests.core.services.computed import asked, study_of
from tests.studies import MAIN_UNITS, Workplace, network_card, settings_of


def witness(place: Workplace, source: str) -> Witness:
    return witness_of(settings_of(place.workspace), CatalogueReader(place.workspace), place.study, source)


def tasks_of(place: Workplace, n_units: int = 2) -> StudyTasks:
    return study_tasks(CatalogueReader(place.workspace), place.study, units=MAIN_UNITS[:n_units])


def all_left(tasks: StudyTasks) -> dict[str, NDArray[np.bool_]]:
    return {condition: np.ones(len(one), bool) for condition, one in tasks.tasks.items()}


def none_left(tasks: StudyTasks) -> dict[str, NDArray[np.bool_]]:
    return {condition: np.zeros(len(one), bool) for condition, one in tasks.tasks.items()}


def told(*_: object) -> None:
    """Hear of progress."""


@dataclass
class Brightness:
    """Embeds, and judges pairs, by mean brightness."""

    digest: str = "brightness"

    def embed(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        means = pixels.reshape(len(pixels), -1).mean(axis=1)
        return np.stack([means, np.ones_like(means)], axis=1).astype(np.float32)

    def distances(self, a: NDArray[np.uint8], b: NDArray[np.uint8]) -> NDArray[Any]:
        return np.abs(self.embed(a)[:, 0] - self.embed(b)[:, 0])


def brightness(place: Workplace, **changes: Any) -> Witness:
    return replace(witness(place, "contrast"), embedder=Brightness(), **changes)


def addresses(tasks: StudyTasks, conditions: Sequence[str] = ("natural", "synthetic")) -> set[str]:
    return {address for condition in conditions for address in tasks.tasks[condition].shown}


def test_the_default_is_another_network(study_workspace: Workplace) -> None:
    """For the embedded study its own observer; elsewhere the first other network that is no embedded one, else the studied network."""
    workspace, study = study_workspace
    foreign = replace(study, network=replace(study.network, source="resnet18"))
    assert default_embedder(CatalogueReader(workspace), study) == DEMO_OBSERVER
    assert default_embedder(CatalogueReader(workspace), foreign) == "own"
    other = replace(network_card("other", network_digest="f" * 16), source="timm:other")
    publish(workspace, lambda cursor: catalogue_write.put_network(cursor, other))
    assert default_embedder(CatalogueReader(workspace), foreign) == "timm:other"
    itself = replace(foreign, network=replace(foreign.network, network_digest=other.network_digest))
    assert default_embedder(CatalogueReader(workspace), itself) == "own"


def test_witnesses_say_what_they_are(study_workspace: Workplace) -> None:
    """Own layers are biased and z-scored, the deepest mined one where none is named; wrong names are told."""
    own, layer = witness(study_workspace, "own"), witness(study_workspace, "own:mixed3a")
    assert (own.name, own.own_layer, own.is_biased, own.is_z_scored, own.kind) == ("own:mixed4a", "mixed4a", True, True, "network")
    assert (layer.source, layer.own_layer) == ("own:mixed3a", "mixed3a") and layer.digest != own.digest
    demo, baseline = witness(study_workspace, DEMO_OBSERVER), witness(study_workspace, "mean-colour")
    assert (demo.is_biased, demo.is_z_scored, demo.kind, demo.temperature) == (False, False, "network", None)
    assert (baseline.is_biased, baseline.is_z_scored, baseline.kind) == (False, True, "baseline")
    with pytest.raises(UnknownName, match="mixed4a"):
        witness(study_workspace, "own:mixed4z")
    with pytest.raises(UsageError):
        witness(study_workspace, "contrast:more")


def test_the_studied_network_by_its_own_name_is_biased(small: Settings) -> None:
    """It sees through the network that it judges, whatever it is called."""
    study = study_of(small)
    found = witness_of(small, CatalogueReader(Workspace(small.workspace)), study, f"{study.network.source}#body")
    assert found.is_biased and found.own_layer is None and found.is_z_scored


def test_what_is_left_and_what_people_saw_is_embedded(study_workspace: Workplace) -> None:
    """An embedding that is used as it is needs only these; then nothing more, and what it has seen is told."""
    tasks, one = tasks_of(study_workspace), brightness(study_workspace, is_z_scored=False)
    left = none_left(tasks) | {"natural": np.arange(len(tasks.tasks["natural"])) < 2}
    shown, extra = set(tasks.tasks["natural"].where(left["natural"]).shown), sorted(addresses(tasks, ["synthetic"]))[:3]
    assert one.embed(tasks, left, people=[*extra, *extra], report=told) == len(shown | set(extra)) and one.seen() == shown | set(extra)
    assert one.embed(tasks, left, people=extra, report=told) == 0
    assert one.embed(tasks, none_left(tasks), people=sorted(addresses(tasks))[-4:], report=told) >= 0
    assert one.seen() == shown | set(extra) | set(sorted(addresses(tasks))[-4:])


def test_without_tasks_left_people_s_images_are_embedded(study_workspace: Workplace) -> None:
    """Those alone, where channels are not z-scored; nothing where people saw nothing."""
    tasks, one = tasks_of(study_workspace), brightness(study_workspace, is_z_scored=False)
    assert one.embed(tasks, none_left(tasks), people=(), report=told) == 0 and one.seen() == frozenset()
    assert one.embed(tasks, none_left(tasks), people=tasks.natural[:3], report=told) == 3 and one.seen() == set(tasks.natural[:3])


def test_a_needed_image_that_is_missing_stops(study_workspace: Workplace) -> None:
    """It is needed by a task: that people saw it, too, is no excuse."""
    tasks, one = tasks_of(study_workspace), brightness(study_workspace, is_z_scored=False)
    gone = tasks.tasks["synthetic"].shown[-1]
    next(study_workspace.workspace.images.rglob(f"{gone}.png")).unlink()
    with pytest.raises(UsageError, match=gone):
        one.embed(tasks, all_left(tasks), people=[gone], report=told)
    assert one.embed(tasks, none_left(tasks), people=[gone], report=told) == 0


def test_z_scored_channels_need_the_whole_set(study_workspace: Workplace) -> None:
    """A baseline embeds every natural image, whatever tasks show, and its observer is scaled over them."""
    tasks, one = tasks_of(study_workspace, 1), brightness(study_workspace)
    assert one.embed(tasks, all_left(tasks), people=(), report=told) == len(set(tasks.natural) | addresses(tasks, ["synthetic"]))
    observer = one.observer(tasks, all_left(tasks))
    assert isinstance(observer, EmbeddingObserver) and all(address in observer for address in addresses(tasks))
    assert set(np.unique(observer.similarity(tasks.natural[:5], tasks.natural[5:9]).round(9))) <= {-1.0, 1.0}  # one channel that varies


@pytest.mark.parametrize("is_mined", [True, False])
def test_own_layers_embed_no_mined_image(small: Settings, is_mined: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Natural images are known by their mined activations, and are embedded only where the layer's are not all there."""
    monkeypatch.setattr(observer_witnesses, "are_mined", lambda *_: is_mined)
    synthesize(small, asked("body:3", n_images=9))
    study, reader = study_of(small), CatalogueReader(Workspace(small.workspace))
    own, tasks = witness_of(small, reader, study, "own:body"), study_tasks(reader, study)
    made, natural = addresses(tasks, ["synthetic"]) - set(tasks.natural), set(tasks.natural)
    assert own.embed(tasks, all_left(tasks), people=[*tasks.natural, *made], report=told) == len(made) + (0 if is_mined else len(natural))
    assert own.seen() == natural | made


def test_pairs_need_no_embedding(study_workspace: Workplace) -> None:
    """An observer of pairs embeds nothing, has seen nothing, and judges by minus its distances of the pixels."""
    tasks, one = tasks_of(study_workspace), brightness(study_workspace, kind="pairwise", is_z_scored=False)
    assert one.embed(tasks, all_left(tasks), people=tasks.natural, report=told) == 0 and one.seen() == frozenset()
    observer = one.observer(tasks, all_left(tasks))
    assert isinstance(observer, PairwiseObserver)
    pixels = observer_witnesses.StudyPixels(study_workspace.workspace, CatalogueReader(study_workspace.workspace), study_workspace.study)
    a, b = tasks.natural[:2], tasks.natural[2:5]
    wanted = [[-abs(float(pixels(i).mean()) - float(pixels(j).mean())) for j in b] for i in a]
    assert observer.similarity(a, b) == pytest.approx(np.array(wanted), abs=1e-3)
