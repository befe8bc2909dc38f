"""Builders of small workspaces without torch: photos in class folders, a made-up network, activations from a seeded matrix."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from core.design_spec import Condition, DesignSpec, Moment
from core.domain import EXTREMES, Branch, Layer, MiningSpec, NetworkCard, Preprocessing, Render, Study, Unit, digest
from core.experiment import Answer, Rating, RatingTask, Response, Session, Side, Trial
from core.imaging import encode_png
from core.psychophysics.presets import Ingredients, quick
from core.psychophysics.session import MOMENTS
from core.ranking import merged_all, summarise
from core.render_spec import RenderSpec
from core.services.images.indexing import index_folder
from core.services.studies import choose_study
from core.settings import Settings
from core.store import activations, artifacts, catalogue_write
from core.store.observations import Observations, ObserverCard, put_observations
from core.store.publication import CatalogueReader, publish
from core.store.workspace import Workspace

Matrix = npt.NDArray[np.float32]
SHARD_IMAGES = 50  # so that a study has several

LABELS = ("axolotl", "bolete", "cardigan", "daisy", "espresso", "fiddler crab", "goldfinch", "hourglass")
MIXED_BRANCHES = (Branch("1x1", 0, 2), Branch("3x3", 2, 5), Branch("5x5", 5, 7), Branch("pool", 7, 8))
LAYERS = (
    Layer("conv2d2", 4, (Branch("all", 0, 4),), pre_relu=False),
    Layer("mixed3a", 8, MIXED_BRANCHES, pre_relu=False),
    Layer("mixed4a", 8, MIXED_BRANCHES, pre_relu=True),
)
DEAD_UNIT = Unit("mixed3a", 7)
MAIN_UNITS = tuple(Unit(layer, channel) for layer in ("mixed3a", "mixed4a") for channel in range(4))
RESERVED_UNITS = (Unit("mixed3a", 5), Unit("mixed4a", 5))
OBSERVER = "own:mixed4a"
N_REFERENCES = 9
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class Workplace(NamedTuple):
    """A built study and where it lies."""

    workspace: Workspace
    study: Study


def settings_of(workspace: Workspace) -> Settings:
    """Return settings for two threads on the CPU."""
    return Settings(workspace.root, "cpu", 2)


def tiny_study(
    root: Path,
    *,
    n_images: int = 120,
    crop_px: int = 32,
    top_k: int = 40,
    network: str = "tiny",
    image_set: str = "shapes",
    main: Sequence[Unit] = MAIN_UNITS,
    reserved: Sequence[Unit] = RESERVED_UNITS,
    n_renders: int = N_REFERENCES,
    matrices: dict[str, Matrix] | None = None,
    observed: bool = True,
) -> Study:
    """Build root/photos and a study of them in root/workspace: mined, and with synthetic images of the main and reserved units."""
    workspace = Workspace(root / "workspace")
    write_photos(root / "photos", n=n_images, size_px=crop_px + crop_px // 4)
    index_folder(settings_of(workspace), root / "photos", name=image_set)
    card = network_card(network, crop_px)
    publish_study(workspace, card, image_set, top_k=top_k, matrices=matrices)
    if n_renders:
        put_synthetic(workspace, card, [*main, *reserved], n_images=n_renders)
    publish(workspace, lambda cursor: catalogue_write.put_reserved(cursor, network, list(reserved)))
    study = choose_study(CatalogueReader(workspace), key=f"{network}/{image_set}")
    if observed:
        put_observations(workspace, observer_card(study), observations(main))
    return study


# --- photos -------------------------------------------------------------------------------------------------------------------


def write_photos(folder: Path, *, n: int = 120, size_px: int = 40, labels: Sequence[str] = LABELS) -> None:
    """Write n different PNG files, alternating between portrait and landscape, into one folder a label."""
    rng = np.random.default_rng(7)
    for number in range(n):
        label = labels[number * len(labels) // n]
        path = folder / label / f"{number:04d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        size = (size_px, size_px + number % 7) if number % 2 else (size_px + number % 5, size_px)
        path.write_bytes(picture(rng, size))


def picture(rng: np.random.Generator, size: tuple[int, int]) -> bytes:
    """Return a smooth random picture as PNG."""
    coarse = rng.integers(0, 256, (5, 5, 3), dtype=np.uint8)
    return encode_png(Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC))


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    """Return an image as the bytes of a file of this kind."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


# --- what networks and mining leave behind ------------------------------------------------------------------------------------


def network_card(name: str = "tiny", crop_px: int = 32, *, network_digest: str = "0123456789abcdef") -> NetworkCard:
    """Return the card of a network that exists in the catalogue only."""
    return NetworkCard(name, "demo", network_digest, Preprocessing(crop_px, crop_px), LAYERS)


def activation_matrix(layer: Layer, n_images: int) -> Matrix:
    """Return made-up activations (n_images, C): rounded so that many are equal, high for one label each, one channel constant."""
    rng = np.random.default_rng([len(layer.name), *layer.name.encode()])
    matrix = rng.standard_normal((n_images, layer.n_channels)).round(1)
    label = np.arange(n_images) * len(LABELS) // n_images
    for channel in range(layer.n_channels):
        matrix[label == channel % len(LABELS), channel] += 3.0
        if Unit(layer.name, channel) == DEAD_UNIT:
            matrix[:, channel] = 0.0
    return matrix.astype(np.float32)


def publish_study(
    workspace: Workspace, card: NetworkCard, image_set: str, *, top_k: int = 40, matrices: dict[str, Matrix] | None = None
) -> None:
    """Publish what mining all layers of the network would."""
    from core.store import catalogue_read

    cursor = CatalogueReader(workspace).cursor()
    chosen = catalogue_read.image_set(cursor, image_set)
    study, n_images = f"{card.name}/{image_set}", chosen.n_images
    content = digest([image.content_hash for image in catalogue_read.images(cursor, image_set)])
    spec = mining_spec(card, image_set, chosen.set_digest, min(top_k, n_images))
    mined = []
    for layer in card.layers:
        matrix = (matrices or {}).get(layer.name, activation_matrix(layer, n_images))
        shards, parts = [], []
        for first in range(0, n_images, SHARD_IMAGES):
            rows = matrix[first : first + SHARD_IMAGES]
            parquet = workspace.activations(study) / digest(spec) / layer.name / f"{first}.parquet"
            file_digest = activations.write_shard(parquet, rows, first_image=first)
            shards.append(activations.Shard(first, len(rows), os.path.relpath(parquet, workspace.root), file_digest))
            parts.append(summarise(rows, top_k=spec.top_k, first_image=first))
        mined.append(catalogue_write.MinedLayer(layer, merged_all(parts), tuple(shards), content_digest=content))

    def change(cursor: catalogue_write.Cursor) -> None:
        catalogue_write.put_network(cursor, card)
        for one in mined:
            catalogue_write.put_mined_layer(cursor, study, spec=spec, mined=one)
        catalogue_write.put_crops(cursor, image_set, card.preprocessing)

    publish(workspace, change)


def mining_spec(card: NetworkCard, image_set: str, set_digest: str, top_k: int) -> MiningSpec:
    """Return the spec of mining all layers of the network."""
    return MiningSpec(
        network=card.name,
        network_digest=card.network_digest,
        image_set=image_set,
        set_digest=set_digest,
        preprocessing=card.preprocessing,
        layers=tuple(layer.name for layer in card.layers),
        pre_relu=tuple(layer.pre_relu for layer in card.layers),
        top_k=top_k,
        batch=32,
    )


def put_synthetic(workspace: Workspace, card: NetworkCard, units: Sequence[Unit], *, n_images: int, seed: int = 0) -> RenderSpec:
    """Store and publish made-up synthetic images of the units at both extremes; return their spec."""
    crop_px = card.preprocessing.crop_px
    spec = RenderSpec("quick", n_images, crop_px, seed)
    rng = np.random.default_rng([seed, 11])
    renders = []
    for unit in units:
        for extreme in EXTREMES:
            for index in range(n_images):
                address = artifacts.put_image(workspace, picture(rng, (crop_px, crop_px)))
                path = f"images/{address[:2]}/{address}.png"
                activation = (10.0 - index) * (1 if extreme == "max" else -1)
                renders.append(Render(unit, extreme, index, address, path, activation, digest(spec), spec.preset))
    publish(workspace, lambda cursor: catalogue_write.put_renders(cursor, card=card, spec=spec, renders=renders))
    return spec


def observer_card(study: Study) -> ObserverCard:
    """Return the card of the observer that every tiny study has."""
    return ObserverCard(
        name=OBSERVER,
        study=study.key,
        stimuli_digest=study.stimuli_digest,
        embedder=OBSERVER,
        embedder_digest="0" * 16,
        description="made up",
        kind="network",
        is_biased=True,
        is_z_scored=False,
        scheme="Min-Max-9",
        n_sets=2,
        n_references=N_REFERENCES,
        reference_share=0.1,
        seed=0,
    )


def observations(units: Sequence[Unit]) -> Observations:
    """Return an observer's answers: always right with natural references, right every other time with synthetic ones."""
    right = {"natural": (1.0, 1.0), "synthetic": (1.0, 0.0)}
    rows = [(unit, condition, number) for unit in range(len(units)) for condition in (0, 1) for number in (0, 1)]
    unit, condition, set_number = (np.array(column, dtype=np.int32) for column in zip(*rows, strict=True))
    score = np.array([right[tuple(right)[one]][number] for _, one, number in rows])
    return Observations(tuple(units), tuple(right), unit, condition, set_number, np.where(score > 0.5, 0.1, -0.1), score)


# --- sessions of people -------------------------------------------------------------------------------------------------------


def design(study: str = "tiny/shapes", *, conditions: tuple[Condition, ...] = ("natural", "synthetic"), n_main: int = 4) -> DesignSpec:
    """Return the design of a short self-test."""
    return quick(Ingredients(study, "", (), n_sets=3), conditions=conditions, n_main=n_main, n_practice=0, n_catch=0)


def session_of(name: str = "session-0", *, participant: str = "Ada", spec: DesignSpec | None = None) -> Session:
    """Return a session that has no trials yet."""
    return Session(name, participant, 1, spec or design(), NOW)


def trials_of(n: int = 8) -> tuple[Trial, ...]:
    """Return n main trials, natural and synthetic in turn; the right side is the top in every other pair."""
    return tuple(_trial(index) for index in range(n))


def _trial(index: int) -> Trial:
    condition: Condition = "synthetic" if index % 2 else "natural"
    side: Side = "bottom" if index % 4 > 1 else "top"
    references = tuple(f"{index:02d}{place:030x}" for place in range(18))
    queries = f"{index:02d}{'a' * 30}", f"{index:02d}{'b' * 30}"
    unit = MAIN_UNITS[index % len(MAIN_UNITS)]
    return Trial(index, 0, "main", condition, "Min-Max-9", unit, index % 3, references[:9], references[9:], *queries, correct=side)


def response_to(trial: Trial, *, right: bool = True, key: str | None = None, **changes: object) -> Response:
    """Return an answer to a trial by keyboard."""
    other: dict[Side, Side] = {"top": "bottom", "bottom": "top"}
    fields: dict[str, object] = {
        "response_key": key or f"key-of-trial-{trial.index:04d}",
        "trial_index": trial.index,
        "choice": trial.correct if right else other[trial.correct],
        "confidence": 2,
        "reaction_time_ms": 1234.5,
        "is_correct": right,
        "shown_ms": 20.5,
        "input_device": "keyboard",
        "was_hidden": False,
        "screen": "1440x900@1",
        "answered_at": datetime(2026, 1, 2, 3, 5, trial.index % 60, tzinfo=UTC),
    }
    return Response(**(fields | changes))  # type: ignore[arg-type]


def rating_tasks() -> tuple[RatingTask, ...]:
    """Return two planned ratings at each moment."""
    return tuple(RatingTask(moment, place, MAIN_UNITS[place], ("a" * 32,), ("b" * 32,)) for moment in MOMENTS for place in (0, 1))


def rating_of(place: int = 0, value: int = 0, *, moment: Moment = "begin", key: str | None = None) -> Rating:
    """Return a rating of a planned task."""
    return Rating(key or f"rating-{moment}-{place}", moment, place, value, 2000.0, NOW)


def answers_of(right: dict[Condition, Sequence[bool]], *, respondent: str = "Ada") -> tuple[Answer, ...]:
    """Return main answers that are right as listed for each condition."""
    return tuple(
        Answer(respondent, "main", condition, "Min-Max-9", MAIN_UNITS[number % 8], 0, float(is_right), 2, 1000.0)
        for condition, all_right in right.items()
        for number, is_right in enumerate(all_right)
    )


def payload_of(session_id: str, trial_index: int, **changes: object) -> dict[str, object]:
    """Return an answer as the browser sends it."""
    fields: dict[str, object] = {
        "response_key": f"browser-key-{trial_index:04d}",
        "session_id": session_id,
        "trial_index": trial_index,
        "choice": "top",
        "confidence": 3,
        "reaction_time_ms": 812.4,
        "shown_ms": 31.0,
        "input_device": "keyboard",
        "was_hidden": False,
        "screen": "1440x900@1",
    }
    return fields | changes
