"""A study's designs: what it can run, exactly what is missing with the command that makes it, and designs to order."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from core.design_spec import DesignSpec
from core.domain import Unit
from core.errors import NotReady, UnknownName, UsageError
from core.experiment import Answer
from core.services.experiment import designs
from core.services.experiment.design_requests import DesignRequest, most_uncertain
from core.services.experiment.materials import design_materials
from core.services.experiment.session_plans import session_plan
from core.store import design_files
from core.store.publication import CatalogueReader
from core.store.workspace import Workspace
from tests.core.services.method_folders import METHOD, put_method
from tests.studies import MAIN_UNITS, RESERVED_UNITS, Workplace, tiny_study


def reader_of(place: Workplace) -> CatalogueReader:
    return CatalogueReader(place.workspace)


def build(place: Workplace, **changes: object) -> DesignSpec:
    return designs.build(reader_of(place), place.study, DesignRequest(**changes))  # type: ignore[arg-type]


def test_a_small_study_has_the_quick_design_only(built_study: Workplace) -> None:
    """The quick design can be had; the others say in a sentence each what the study lacks, and name the command where one helps."""
    found = {offer.name: offer for offer in designs.offers(reader_of(built_study), built_study.study)}
    assert list(found) == ["quick", "borowski2021-exp1", "borowski2021-exp2", "imi"]
    assert found["quick"].spec is not None and not found["quick"].missing
    for name in ("borowski2021-exp1", "borowski2021-exp2", "imi"):
        assert found[name].spec is None and found[name].n_trials is None
        assert all(one.sentence.endswith((".", "themselves.", ")")) or "(" in one.sentence for one in found[name].missing)
    assert "different units" in found["borowski2021-exp1"].missing[0].sentence


def test_quick_is_offered_as_it_can_be_had(tmp_path: Path) -> None:
    """Without synthetic images the quick design has natural references alone, and the offer says what would bring the others."""
    study = tiny_study(tmp_path, n_renders=0, observed=False)
    reader = CatalogueReader(Workspace(tmp_path / "workspace"))
    found = designs.offer(reader, study, "quick")
    assert found.spec is not None and found.spec.conditions == ("natural",)
    assert "0 units have synthetic images" in found.notes[0] and "exemplary synthesize" in found.notes[0]
    assert session_plan(Workspace(tmp_path / "workspace"), reader, study, found.spec, participant_number=1).trials


def test_units_are_counted_for_every_condition(built_study: Workplace) -> None:
    """Reserved and constant units are not counted; synthetic references need rendered units; the share of references is told."""
    counts = designs.unit_counts(reader_of(built_study), built_study.study)
    assert (counts.n_natural, counts.n_synthetic, counts.n_reserved, counts.n_sets) == (17, 8, 2, 3)
    assert counts.reference_share == pytest.approx(30 / 120)


@pytest.mark.parametrize(
    ("changes", "n_trials"),
    [
        ({"n_main": 6}, 14),
        ({"n_main": 6, "n_practice": 0, "n_catch": 0}, 12),
        ({"n_main": 6, "conditions": ("natural", "synthetic", "none")}, 21),
        ({"n_main": 8, "per_block": 4, "n_catch": 1}, 2 * (1 + 8 + 2)),
        ({"n_main": 6, "n_repeated": 2}, 14 + 8),
        ({"n_main": 6, "n_repeated": 30}, 14 + 12),
        ({"n_main": 4, "schemes": ("Max-9", "Min-Max-9")}, 2 * 2 * 5),
    ],
)
def test_designs_to_order_have_the_trials_they_were_ordered_with(built_study: Workplace, changes: dict[str, object], n_trials: int) -> None:
    """Counts, conditions, blocks, schemes and repeats are as asked, and what was counted is what is planned."""
    spec = designs.build(reader_of(built_study), built_study.study, DesignRequest(**changes))  # type: ignore[arg-type]
    assert designs.n_trials(spec) == n_trials
    found = session_plan(built_study.workspace, reader_of(built_study), built_study.study, spec, participant_number=1)
    n_repeated = sum(2 * min(spec.n_repeated, spec.n_main(condition) // 2) for condition in spec.conditions)
    assert len(found.trials) == n_trials - n_repeated


def test_named_units_are_the_designs(built_study: Workplace) -> None:
    """Units that are asked for become the design's own list; reserved ones are the study's unless named."""
    spec = designs.build(
        reader_of(built_study), built_study.study, DesignRequest(units=MAIN_UNITS[:4], n_main=4, reserved=RESERVED_UNITS[:1], name="mine")
    )
    assert spec.name == "mine" and spec.lists("main")[0].parsed == MAIN_UNITS[:4]
    assert spec.lists("practice")[0].parsed == RESERVED_UNITS[:1]


def test_a_reserved_unit_that_is_named_is_a_main_one(built_study: Workplace) -> None:
    """A unit is main or reserved in a design, never both: one that is named leaves the reserve of this design."""
    spec = build(built_study, units=(*MAIN_UNITS[:3], RESERVED_UNITS[0]), n_main=4)
    assert [spec.lists(role)[0].parsed for role in ("main", "practice")] == [(*MAIN_UNITS[:3], RESERVED_UNITS[0]), RESERVED_UNITS[1:]]


@pytest.mark.parametrize("conditions", [("natural",), ("natural", "synthetic")])
def test_intuitiveness_is_rated_on_reserved_units(built_study: Workplace, conditions: tuple[str, ...]) -> None:
    """A quick design that asks for ratings has three units for them, synthetic images included, at each moment; none is a main unit."""
    spec = build(
        built_study, conditions=conditions, n_main=4, n_practice=0, n_catch=0, reserved=MAIN_UNITS[4:], intuitiveness=("begin", "end")
    )
    found = session_plan(built_study.workspace, reader_of(built_study), built_study.study, spec, participant_number=1)
    rated = {task.unit for task in found.ratings}
    assert len(found.ratings) == 6 and len(rated) == 3 and all(len(task.synthetic) == 9 for task in found.ratings)
    assert not rated & {trial.unit for trial in found.trials}


def test_bands_are_designs_too(built_study: Workplace) -> None:
    """Queries from a band are planned from all stored activations; one that this study is too small for says how many images it needs."""
    spec = designs.build(reader_of(built_study), built_study.study, DesignRequest(n_main=4, difficulty="easy", n_sets=2))
    reader = reader_of(built_study)
    found = design_materials(built_study.workspace, reader, built_study.study, spec, participant_number=1)
    assert all(material.activations is not None and len(material.activations) == 120 for material in found)
    with pytest.raises(NotReady, match="images are needed"):
        designs.build(reader_of(built_study), built_study.study, DesignRequest(n_main=4, difficulty="hard99"))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"preset": "borowski2021-exp1", "n_main": 4, "units": MAIN_UNITS[:4]}, "has its own conditions"),
        ({"schemes": ("Max-1",), "n_main": 4}, "take --references 1"),
        ({"units": (Unit("mixed3a", 7),), "n_main": 1}, "mixed3a:7 .*cannot be tested"),
        ({"units": (Unit("mixed3a", 6),), "n_main": 1}, "1 of 1 units lack 9 synthetic images.*exemplary synthesize"),
        ({"n_main": 4, "pause_ms": -1}, "--pause-ms"),
        ({"n_main": 4, "n_repeated": -1}, "--repeated"),
        ({"n_main": 0}, "--main 0 is too few; give 1"),
        ({"n_main": -3}, "--main -3"),
        ({"n_main": 4, "per_block": 0}, "--per-block 0"),
        ({"n_main": 4, "n_sets": 0}, "--sets 0"),
        ({"n_main": 4, "n_references": 0}, "--references 0"),
        ({"n_main": 4, "name": "quick"}, "a preset's name"),
        ({"preset": "imi", "n_catch": 0}, "has its own conditions"),
        ({"preset": "borowski2021-exp2", "units": MAIN_UNITS}, "--unit-seed"),
        ({"preset": "borowski2021-exp2", "n_references": 4}, "shows 9 references"),
        ({"n_main": 4, "intuitiveness": ("begin",)}, "3 reserved units with 9 synthetic images, but there are 2"),
        ({"preset": "borowski2021-exp3"}, "borowski2021-exp1"),
    ],
)
def test_what_cannot_be_had_is_refused(built_study: Workplace, changes: dict[str, object], sentence: str) -> None:
    """One sentence says what does not fit and what to do."""
    with pytest.raises(UsageError, match=sentence):
        build(built_study, **changes)


def test_an_imported_method_is_a_condition(study_workspace: Workplace) -> None:
    """Main units without a list are those with images of every condition; practice is on reserved units that have them, too."""
    put_method(study_workspace.workspace, study_workspace.study.network, [*MAIN_UNITS[:5], RESERVED_UNITS[0]])
    reader, study = reader_of(study_workspace), study_workspace.study
    assert designs.unit_counts(reader, study).n_methods == {METHOD: 5}
    spec = designs.build(reader, study, DesignRequest(conditions=("natural", "synthetic", METHOD), n_main=5))
    assert [one.condition for one in spec.renders] == ["synthetic", METHOD]
    assert spec.lists("practice")[0].parsed == RESERVED_UNITS[:1]
    trials = session_plan(study_workspace.workspace, reader, study, spec, participant_number=1).trials
    assert {trial.unit for trial in trials if trial.kind == "main"} == set(MAIN_UNITS[:5])
    shown = {trial.condition: trial.max_references for trial in trials if trial.unit == MAIN_UNITS[0] and trial.kind == "main"}
    assert len(set(shown.values())) == 3 and set(shown) == {"natural", "synthetic", METHOD}


def test_what_a_method_lacks_is_told_with_the_command(study_workspace: Workplace) -> None:
    """Units without its images, and too few units, name `exemplary import-references`; an unknown method too."""
    put_method(study_workspace.workspace, study_workspace.study.network, MAIN_UNITS[:3])
    for changes, sentence in [
        (
            {"units": MAIN_UNITS[:4], "n_main": 4},
            "1 of 4 units lack 9 grad images.*exemplary import-references FOLDER --method grad.*mixed3a:3",
        ),
        ({"conditions": ("natural", "other"), "n_main": 2}, "exemplary import-references FOLDER --method other"),
    ]:
        with pytest.raises(NotReady, match=sentence):
            build(study_workspace, **{"conditions": ("natural", METHOD), **changes})
    spec = designs.build(reader_of(study_workspace), study_workspace.study, DesignRequest(conditions=("natural", METHOD), n_main=4))
    with pytest.raises(NotReady, match=r"only 3 have the grad images.*exemplary import-references FOLDER --method grad --replace"):
        session_plan(study_workspace.workspace, reader_of(study_workspace), study_workspace.study, spec, participant_number=1)


def test_a_small_image_set_is_told(tmp_path: Path) -> None:
    """Where not one stimulus set fits, every design says so with the command that helps."""
    study = tiny_study(tmp_path, n_images=15, n_renders=0, observed=False)
    offers = designs.offers(CatalogueReader(Workspace(tmp_path / "workspace")), study)
    assert all(offer.missing and "exemplary mine" in offer.missing[0].command for offer in offers)


def test_the_most_uncertain_units_come_first() -> None:
    """Unanswered units first, then those with the widest interval: fewer answers, and nearer to chance."""
    units = [Unit("a", channel) for channel in range(4)]

    def answers(unit: Unit, *scores: float) -> list[Answer]:
        return [Answer("Ada", "main", "natural", "Max-9", unit, 0, score, 2, 1000.0) for score in scores]

    found = [*answers(units[0], *[1.0] * 8), *answers(units[1], *[1.0, 0.0] * 4), *answers(units[2], 1.0)]
    assert most_uncertain(units, found, 4) == (units[3], units[2], units[1], units[0])
    with pytest.raises(UsageError, match="1 to 4"):
        most_uncertain(units, found, 5)


def test_saved_designs_are_found_by_name(study_workspace: Workplace) -> None:
    """A design is kept under its name, listed with its study, and never replaced by another without being asked to."""
    spec = designs.build(reader_of(study_workspace), study_workspace.study, DesignRequest(n_main=4, name="short"))
    design_files.save_design(study_workspace.workspace, spec)
    design_files.save_design(study_workspace.workspace, spec)  # the same again is no conflict
    assert design_files.read_saved(study_workspace.workspace, "short") == spec
    assert [one.name for one in design_files.saved_designs(study_workspace.workspace, study_workspace.study.key)] == ["short"]
    assert design_files.saved_designs(study_workspace.workspace, "other/study") == ()
    with pytest.raises(UsageError, match="--replace"):
        design_files.save_design(study_workspace.workspace, replace(spec, seed=9))
    design_files.save_design(study_workspace.workspace, replace(spec, seed=9), replace=True)
    assert design_files.read_saved(study_workspace.workspace, "short").seed == 9
    with pytest.raises(UnknownName, match="short"):
        design_files.read_saved(study_workspace.workspace, "shorter")
    with pytest.raises(UsageError, match="letters"):
        design_files.save_design(study_workspace.workspace, replace(spec, name="../up"))
