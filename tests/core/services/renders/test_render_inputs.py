"""Recipes from the objective's side and from natural images: each renders, stores its whole spec, or says what it lacks."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from core import imaging
from core.domain import Unit
from core.errors import NotReady, UnknownName, UsageError
from core.render_spec import FlatStop, Maco
from core.services.images.indexing import index_folder
from core.services.renders.synthesis import synthesize
from core.services.units.units import as_json, unit_view
from core.settings import Settings
from core.store import artifacts, catalogue_read, render_read, unit_read
from core.store.publication import CatalogueReader
from core.store.workspace import Workspace
from core.vision.presets import preset
from tests.core.services.computed import addresses, asked, renders_of, study_of, write_small
from tests.studies import write_photos


def reader_of(settings: Settings) -> CatalogueReader:
    return CatalogueReader(Workspace(settings.workspace))


def spectra(settings: Settings) -> list[Path]:
    return sorted(Workspace(settings.workspace).spectra.glob("*.npy"))


# --- spectra ------------------------------------------------------------------------------------------------------------------


def test_the_mean_spectrum_is_computed_once(small: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is kept in the workspace under the digest of its images, which the spec holds; later calls read it."""
    (report,) = synthesize(small, asked("body:1", preset="maco"))
    study, parameterization = study_of(small), report.spec.parameterization
    assert isinstance(parameterization, Maco) and parameterization.magnitude == study.image_set.set_digest
    (path,) = spectra(small)
    assert path.name.startswith(study.image_set.set_digest) and np.load(path).shape == (3, 32, 17)
    monkeypatch.setattr("core.services.renders.render_inputs.mean_magnitude", None)
    (again,) = synthesize(small, asked("body:2", preset="maco"))
    assert again.n_rendered == 4 and len(renders_of(small)) == 8


def test_spectra_need_no_mined_network(tmp_path: Path) -> None:
    """A set that is only indexed gives its spectrum; where nothing is indexed, a sentence says what to do."""
    settings = Settings(tmp_path / "workspace", device="cpu", threads=2)
    source = write_small(tmp_path)
    with pytest.raises(NotReady, match="natural images"):
        synthesize(settings, asked("body:1", network=source, preset="maco"))
    write_photos(tmp_path / "photos", n=12)
    index_folder(settings, tmp_path / "photos", name="shapes")
    (report,) = synthesize(settings, asked("body:1", network=source, preset="maco"))
    assert report.n_rendered == 4 and len(spectra(settings)) == 1
    with pytest.raises(UnknownName, match="'shap'; did you mean shapes"):
        synthesize(settings, asked("body:1", network=source, preset="maco", image_set="shap"))


def test_another_image_set_is_another_spectrum(small: Settings, tmp_path: Path) -> None:
    """A named set that the network is not mined on gives its own spectrum, and another spec."""
    write_photos(tmp_path / "others", n=12, size_px=44)
    index_folder(small, tmp_path / "others", name="others")
    synthesize(small, asked("body:1", preset="maco", image_set="shapes"))
    (report,) = synthesize(small, asked("body:1", preset="maco", image_set="others"))
    others = catalogue_read.image_set(reader_of(small).cursor(), "others")
    assert report.n_rendered == 4 and len(spectra(small)) == 2
    assert report.spec.parameterization.magnitude == others.set_digest  # type: ignore[union-attr]


# --- exemplars ----------------------------------------------------------------------------------------------------------------


def test_accentuation_begins_as_the_exemplars(small: Settings) -> None:
    """The first snapshot of a group is its rank 0 exemplar, but for rounding; the image that ends is another."""
    synthesize(small, asked("body:1", preset="accentuate"))
    reader = reader_of(small)
    study, workspace = study_of(small), Workspace(small.workspace)
    ranked = unit_read.ranked_ids(reader.cursor(), study.key, [Unit("body", 1)])
    images = catalogue_read.images(reader.cursor(), "shapes")
    for course in render_read.courses(reader.cursor(), study.network, [Unit("body", 1)]):
        path = Path(study.image_set.folder) / images[ranked[course.unit, course.extreme][0]].path
        natural = np.asarray(imaging.crop_pixels(imaging.decode(path.read_bytes()), study.network.preprocessing)).astype(int)
        first, last = (
            imaging.pixels(imaging.decode(artifacts.get_image(workspace, address) or b""), 3).astype(int)
            for address in (course.snapshots[0][1], course.snapshots[-1][1])
        )
        assert np.abs(first - natural).max() <= 5
        assert np.abs(last - natural).max() > 5


def test_accentuation_needs_mined_exemplars(small: Settings, tmp_path: Path) -> None:
    """A network that is not mined, a layer that is not, and too few exemplars: a sentence each, and nothing is stored."""
    source = write_small(tmp_path / "other")
    with pytest.raises(NotReady, match="exemplary mine"):
        synthesize(small, asked("body:1", network=source, network_name="other", preset="accentuate", image_set="shapes"))
    with pytest.raises(NotReady, match="--layers logits"):
        synthesize(small, asked("logits:1", preset="accentuate"))
    with pytest.raises(UsageError, match="mine more"):
        synthesize(small, asked("body:1", preset="accentuate", n_images=31, steps=1))
    assert renders_of(small) == ()


def test_a_tuned_weight_is_stored_with_the_course(small: Settings) -> None:
    """The spec holds where the search begins, each group's course the weight that it ended with."""
    (report,) = synthesize(small, asked("body:1", tune_diversity=True, steps=10))
    diversity = report.spec.objective.diversity
    assert diversity.tuned_to == study_of(small).image_set.set_digest and diversity.weight > 0
    courses = render_read.courses(reader_of(small).cursor(), study_of(small).network, [Unit("body", 1)])
    assert len(courses) == 2 and any(one.diversity_weight != diversity.weight for one in courses)


# --- objectives and parameterizations -----------------------------------------------------------------------------------------


def test_every_recipe_gives_its_own_images(small: Settings, tmp_path: Path) -> None:
    """Objectives, parameterizations and schedules all render; no two of them give the same images or spec."""
    np.save(tmp_path / "d.npy", np.eye(8)[5] - np.eye(8)[2])
    recipes: list[dict[str, object]] = [
        {},
        {"neuron": True},
        {"minus": "body:4"},
        {"minus": "stem:0"},
        {"direction": str(tmp_path / "d.npy")},
        {"direction": str(tmp_path / "d.npy"), "cosine": True},
        {"post_relu": True},
        {"diversity": 3.0},
        {"parameterization": "pixels"},
        {"parameterization": "cppn"},
        {"coarse_to_fine": 0.5},
        {"preset": "lucid"},
    ]
    reports = [synthesize(small, asked("body:1", steps=3, **recipe))[0] for recipe in recipes]
    assert {one.n_rendered for one in reports} == {4} and len({one.spec_digest for one in reports}) == len(recipes)
    found = renders_of(small)
    assert len({one.address for one in found if one.extreme == "max"}) == 2 * len(recipes)


def test_a_flat_gradient_ends_a_group(small: Settings, tmp_path: Path) -> None:
    """With a lenient rule groups end before their last step, each at its own, and their courses say when."""
    base = preset("quick", image_px=32, seed=0, n_images=1)
    lenient = replace(base.optimiser, steps=200, flat_stop=FlatStop(window=16, tolerance=0.5))
    (tmp_path / "spec.json").write_text(json.dumps(asdict(replace(base, optimiser=lenient))))
    synthesize(small, asked("stem:1", n_images=None, steps=None, spec=str(tmp_path / "spec.json")))
    courses = render_read.courses(reader_of(small).cursor(), study_of(small).network, [Unit("stem", 1)])
    assert len(courses) == 2 and all(32 < one.n_steps < 200 and one.snapshots[-1][0] == one.n_steps for one in courses)


def test_channels_that_a_direction_names_must_be_there(small: Settings, tmp_path: Path) -> None:
    """A weight for a channel beyond the layer is refused with the channels that there are."""
    (tmp_path / "d.json").write_text('{"8": 1.0}')
    with pytest.raises(UsageError, match="0 to 7"):
        synthesize(small, asked("body:1", direction=str(tmp_path / "d.json")))


def test_a_shown_spec_renders_the_same_images(small: Settings, tmp_path: Path) -> None:
    """The spec that `show --json` gives of a render, as a file: nothing is left to do here, and elsewhere the images are the same."""
    synthesize(small, asked("body:1", seed=3, minus="stem:0"))
    reader, study = reader_of(small), study_of(small)
    shown = as_json(reader, study, unit_view(reader, study, Unit("body", 1)), root=small.workspace)
    path = tmp_path / "spec.json"
    path.write_text(json.dumps(shown["renders"][0]["spec"]))
    (report,) = synthesize(small, asked("body:1", n_images=None, steps=None, spec=str(path)))
    assert (report.n_rendered, report.n_present) == (0, 4)
    elsewhere = Settings(tmp_path / "elsewhere", device="cpu", threads=2)
    synthesize(elsewhere, asked("body:1", network=write_small(tmp_path), n_images=None, steps=None, spec=str(path)))
    assert addresses(renders_of(elsewhere)) == addresses(renders_of(small))


def test_a_spec_for_another_network_is_refused(small: Settings, tmp_path: Path) -> None:
    """A spec of another size says which size the network takes."""
    path = tmp_path / "spec.json"
    path.write_text(json.dumps(asdict(preset("quick", image_px=64, seed=0))))
    with pytest.raises(UsageError, match="32 px"):
        synthesize(small, asked("body:1", spec=str(path)))
    assert renders_of(small) == ()
