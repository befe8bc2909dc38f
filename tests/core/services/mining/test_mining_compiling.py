"""Whether passes are compiled: chosen by the clock or as asked, said, and kept by what goes on from an interrupted run."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from core.errors import UsageError
from core.services.images.indexing import index_folder
from core.services.mining import mining_compiling, mining_pass
from core.services.mining.mining import mine
from core.services.mining.mining_plan import MiningRequest
from core.settings import Settings
from core.store import mined_read
from core.store.publication import CatalogueReader
from core.store.workspace import Workspace
from core.vision.compiling import CompiledPasses, Times
from core.vision.hooks import Forward
from tests.core.services.computed import write_small
from tests.core.services.mining.test_mining_service import asked, contents, indexed, interrupted
from tests.studies import write_photos

N_IMAGES, SHARD = 40, 16
FASTER, SLOWER = Times(0.7, 0.5), Times(0.45, 0.5)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("compiling")
    write_photos(made / "photos", n=N_IMAGES)
    write_small(made)
    return made


def rounding(factor: float) -> Callable[[torch.fx.GraphModule], Forward]:
    """What takes the place of a compiler: the recorded graph, its results a little different, as another order of sums makes them."""

    def compiler(graph: torch.fx.GraphModule) -> Forward:
        return lambda images: tuple(one * factor for one in graph(images))

    return compiler


COMPILER = rounding(1 + 2e-5)


def failing(_graph: torch.fx.GraphModule) -> Forward:
    raise RuntimeError("There is no compiler here.")


Arrange = Callable[..., None]


@pytest.fixture
def arrange(monkeypatch: pytest.MonkeyPatch) -> Arrange:
    """Say what compiles and what the clock says, on a device where compiling is worth a try."""
    monkeypatch.setattr(mining_pass, "SHARD_IMAGES", SHARD)
    monkeypatch.setattr(mining_compiling, "WORTH_TRYING", ("cpu",))

    def to(times: Times = FASTER, compiler: Any = COMPILER) -> None:
        monkeypatch.setattr(mining_compiling, "timed", lambda *_given: times)
        monkeypatch.setattr(mining_pass, "CompiledPasses", lambda: CompiledPasses(compiler))

    to()
    return to


def are_compiled(settings: Settings) -> set[bool]:
    cursor = CatalogueReader(Workspace(settings.workspace)).cursor()
    return {spec.is_compiled for spec in mined_read.mined_layers(cursor, "small/shapes").values()}


def values(settings: Settings) -> dict[str, Any]:
    return {table: rows for table, rows in contents(settings).items() if table != "mined_layers"}


@pytest.fixture
def uncompiled(root: Path, tmp_path: Path, arrange: Arrange) -> Settings:
    settings = indexed(root, tmp_path / "uncompiled")
    (choice,) = mine(settings, asked(root, compiling="off")).compile_choices
    assert choice.sentence is None and are_compiled(settings) == {False}
    return settings


@pytest.fixture
def compiled(root: Path, tmp_path: Path, arrange: Arrange) -> Settings:
    settings = indexed(root, tmp_path / "compiled")
    (choice,) = mine(settings, asked(root)).compile_choices
    assert choice.sentence == "compiled: 1.4 times as fast" and (choice.plain_s, choice.compiled_s) == (0.7, 0.5)
    assert are_compiled(settings) == {True}
    return settings


def test_the_faster_pass_is_used(root: Path, tmp_path: Path, arrange: Arrange, compiled: Settings, uncompiled: Settings) -> None:
    """Where the compiled pass is slower, results are the ordinary ones and both times are reported; where it is faster, its own."""
    arrange(SLOWER)
    settings = indexed(root, tmp_path)
    (choice,) = mine(settings, asked(root)).compile_choices
    assert choice.sentence == "not compiled: it was 0.9 times as fast" and (choice.plain_s, choice.compiled_s) == (0.45, 0.5)
    assert are_compiled(settings) == {False}
    assert contents(settings) == contents(uncompiled) and values(settings) != values(compiled)
    (by_wish,) = mine(indexed(root, tmp_path / "on"), asked(root, compiling="on")).compile_choices
    assert by_wish.sentence == "compiled: 0.9 times as fast"


def test_a_run_that_goes_on_makes_the_same_choice(root: Path, tmp_path: Path, arrange: Arrange, compiled: Settings) -> None:
    """Whatever the clock says the second time, the bytes are those of the uninterrupted run, and nothing is left in the job's folder."""
    settings = indexed(root, tmp_path)
    interrupted(settings, root, at=24)
    (kept,) = settings.workspace.rglob("compiled.json")
    assert json.loads(kept.read_text())["is_compiled"]
    arrange(SLOWER)
    report = mine(settings, asked(root))
    assert report.n_resumed == 24 and report.compile_choices[0].sentence == "compiled: 1.4 times as fast"
    assert contents(settings) == contents(compiled) and not kept.exists()


def test_what_was_mined_the_other_way_is_mined_again(root: Path, tmp_path: Path, arrange: Arrange, uncompiled: Settings) -> None:
    """Asked explicitly for the other way, an interrupted run begins anew and says so: results of one pass are of one kind."""
    settings = indexed(root, tmp_path)
    interrupted(settings, root, at=24)
    report = mine(settings, asked(root, compiling="off"))
    assert (report.n_resumed, report.n_mined) == (0, N_IMAGES) and contents(settings) == contents(uncompiled)
    assert report.compile_choices[0].sentence == "not compiled; 24 images that were mined the other way are mined again"


def test_what_an_older_version_began_goes_on_uncompiled(root: Path, tmp_path: Path, arrange: Arrange, uncompiled: Settings) -> None:
    """Images that were mined when there was no choice were not compiled, and the others are not either."""
    settings = indexed(root, tmp_path)
    arrange(SLOWER)
    interrupted(settings, root, at=24)
    next(settings.workspace.rglob("compiled.json")).unlink()
    arrange(FASTER)
    assert mine(settings, asked(root)).n_resumed == 24
    assert contents(settings) == contents(uncompiled)


def test_where_nothing_compiles_mining_goes_on_unless_it_was_asked_for(root: Path, tmp_path: Path, arrange: Arrange) -> None:
    """By auto the reason is reported; by on, or where compiled results are there already, it is one sentence that says what to do."""
    settings = indexed(root, tmp_path)
    interrupted(settings, root, at=24)
    arrange(compiler=failing)
    with pytest.raises(UsageError, match=r"begun compiled.*no compiler here.*--compile off"):
        mine(settings, asked(root))
    assert mine(settings, asked(root, compiling="off")).n_resumed == 0
    settings = indexed(root, tmp_path / "other")
    with pytest.raises(
        UsageError, match=r"cannot be compiled \(RuntimeError: There is no compiler here\); mine with --compile auto or off"
    ):
        mine(settings, asked(root, compiling="on"))
    (choice,) = mine(settings, asked(root)).compile_choices
    assert choice.sentence == "not compiled: that failed (RuntimeError: There is no compiler here)"


def test_activations_that_are_others_are_not_taken(root: Path, tmp_path: Path, arrange: Arrange, uncompiled: Settings) -> None:
    """A compiled pass that differs by more than rounding on the first batch is not used, however fast."""
    arrange(compiler=rounding(1.001))
    settings = indexed(root, tmp_path)
    (choice,) = mine(settings, asked(root)).compile_choices
    assert choice.sentence is not None and "differ by more than 0.0001 of their size" in choice.sentence
    assert contents(settings) == contents(uncompiled)


@pytest.mark.parametrize(
    ("first", "compiler", "sentence"),
    [
        (FASTER, COMPILER, "compiled: 0.9 times as fast"),
        (SLOWER, COMPILER, "not compiled: as the images mined before"),
        (FASTER, failing, "not compiled: that failed, unlike the images mined before (RuntimeError: There is no compiler here)"),
    ],
)
def test_images_that_come_later_are_mined_as_those_before(
    root: Path, tmp_path: Path, arrange: Arrange, first: Times, compiler: Any, sentence: str
) -> None:
    """A set that grows keeps its choice whatever the clock says then; where that is impossible, it is said."""
    arrange(first)
    write_photos(tmp_path / "photos", n=24)
    settings = Settings(tmp_path / "workspace", device="cpu", threads=1)
    index_folder(settings, tmp_path / "photos", name="shapes")
    mine(settings, asked(root))
    write_photos(tmp_path / "photos", n=32)
    index_folder(settings, tmp_path / "photos", name="shapes")
    arrange(SLOWER if first == FASTER else FASTER, compiler)
    report = mine(settings, asked(root))
    assert report.n_mined == 8 and report.compile_choices[0].sentence == sentence
    assert are_compiled(settings) == {sentence.startswith("compiled")}
    mine(settings, asked(root, top_k=30))  # ranked again, without a pass
    assert are_compiled(settings) == {sentence.startswith("compiled")}


def test_a_cpu_is_not_tried(root: Path, tmp_path: Path, arrange: Arrange, monkeypatch: pytest.MonkeyPatch, uncompiled: Settings) -> None:
    """By auto nothing is compiled or timed on a CPU."""
    monkeypatch.setattr(mining_compiling, "WORTH_TRYING", ("cuda",))
    settings = indexed(root, tmp_path)
    (choice,) = mine(settings, asked(root)).compile_choices
    assert choice.sentence is None and choice.plain_s is None and contents(settings) == contents(uncompiled)


def test_ray_does_not_compile(tmp_path: Path) -> None:
    """Asked to compile, the engine Ray is refused with what to leave out, before anything is looked for."""
    with pytest.raises(UsageError, match="workers of Ray do not compile"):
        mine(Settings(tmp_path, engine="ray"), MiningRequest("small", "shapes", compiling="on"))
