"""Jobs as an administrator sees them: what runs, what can be started for what one looks at, what ended; nothing of it for others."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.jobs import launch
from core.jobs.process import ProcessMark, mark_of
from core.roles import Person
from dashboard import access
from dashboard.components.wall import Chosen
from dashboard.pages import feature_maps
from tests.dashboard.apptest import open_page, words_of
from tests.processes import kill, python
from tests.studies import Workplace

UNRENDERED = "mixed3a:6"
NOBODY = ProcessMark(4_000_000, "never")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """Return the arguments of what is started from now on; nothing really is."""
    found: list[tuple[str, ...]] = []

    def launched(where: object, arguments: tuple[str, ...], **facts: Any) -> int:
        found.append(tuple(arguments))
        return len(found)

    monkeypatch.setattr(launch, "launch", launched)
    return found


@pytest.fixture
def worker() -> Iterator[subprocess.Popen[str]]:
    """Give a living process that stands for a job's."""
    child = python("import time; print('up', flush=True); time.sleep(600)")
    assert child.stdout is not None and child.stdout.readline() == "up\n"
    yield child
    kill(child)


def noted(place: Workplace, number: int, state: str, mark: ProcessMark | None = NOBODY, *, label: str = "mining images") -> Path:
    """Leave a started command whose progress ends with this state: 30 of 90 images, one a second."""
    folder = place.workspace.jobs / "started" / f"{number:04d}"
    folder.mkdir(parents=True)
    now = datetime.now(UTC)
    arguments = ["mine", "--network", "tiny", "--images", "shapes", "--layers", f"layer{number}"]
    facts = {"about": "mine a layer", "study": place.study.key, "asked_by": "ada", "asked_at": str(now), "expected_s": 90.0}
    (folder / "asked.json").write_text(json.dumps({"arguments": arguments, **facts}))
    if mark is not None:
        (folder / "process.json").write_text(json.dumps(asdict(mark)))
    lines = [(now - timedelta(seconds=30 - done), "running", done) for done in range(30)] + [(now, state, 30)]
    line = {"total": 90, "label": label}
    (folder / "progress.jsonl").write_text(
        "".join(json.dumps({"at": str(at), "state": one, "done": done, **line}) + "\n" for at, one, done in lines)
    )
    return folder


def click_in_dialog(page: AppTest, opener: str) -> None:
    """Click "Render" in the dialog that `opener` opens. AppTest runs whole pages, where a dialog closes unless its button is clicked."""
    page.button(key=f"{opener}-start").click()
    page.button(key=opener).click().run()


def shown_progress(page: AppTest) -> list[str]:
    return [one.proto.text for one in page.get("progress")]


def test_where_nothing_runs_the_page_offers_what_can_be_started(served: Workplace, asked: list[tuple[str, ...]]) -> None:
    """Mined whole, the study offers rendering and observers; one click starts what is shown, and says so."""
    page = open_page("jobs")
    words = words_of(page)
    assert not page.exception and "Nothing is being computed." in words and "All 3 layers are mined on all 120 images." in words
    assert "exemplary observe --study tiny/shapes" in words and "How long that takes is not known yet" in words
    page.selectbox[0].select("contrast").run()
    page.button(key="jobs-observe/tiny/shapes").click().run()
    assert asked == [("observe", "--study", "tiny/shapes", "--embedder", "contrast")]
    assert [toast.value for toast in page.toast] == ["Job 1 was started."]


def test_units_are_named_on_the_page(served: Workplace, asked: list[tuple[str, ...]]) -> None:
    """A range of units is rendered by the recipe that is chosen; a name that is none is refused in a sentence."""
    page = open_page("jobs")
    page.text_input[0].set_value("mixed9z:1").run()
    assert "mixed9z" in page.warning[0].value
    page.text_input[0].set_value("mixed3a:0-2").run()
    page.button(key="jobs-render/tiny/shapes").click().run()
    assert "54 images of 64 steps" in words_of(page)
    page.number_input(key="jobs-render/tiny/shapes-quick-steps").set_value(16)
    page.button(key="jobs-render/tiny/shapes").click().run()
    assert "54 images of 16 steps" in words_of(page)
    click_in_dialog(page, "jobs-render/tiny/shapes")
    wanted = "synthesize --network tiny --units mixed3a:0-2 --preset quick --steps 16 --image-set shapes"
    assert [" ".join(arguments) for arguments in asked] == [wanted]


def test_a_running_job_shows_how_far_it_is(served: Workplace, worker: subprocess.Popen[str]) -> None:
    """Progress, rate, time left, who asked; another waits; asked to stop, it says that it is stopping."""
    mark = mark_of(worker.pid)
    noted(served, 1, "running", mark)
    noted(served, 2, "queued", mark, label="waits for job 1")
    page = open_page("jobs")
    assert not page.exception and "by ada" in words_of(page) and "expected about 1 min 30 s in all" in words_of(page)
    assert shown_progress(page) == [r"mining images\: 30 of 90, 1 a second, 1 min left", "waits for job 1"]
    page.button(key="jobs-stop-1").click().run()
    assert worker.wait(30) != 0
    assert launch.launched(served.workspace, 1).stop_asked_at is not None
    page = open_page("jobs")
    assert "Nothing is being computed." in words_of(page)


def test_a_job_that_does_not_stop_can_be_ended(served: Workplace, worker: subprocess.Popen[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """While it is given its grace nothing can be clicked; then it can be ended at once."""
    folder = noted(served, 1, "running", mark_of(worker.pid))
    (folder / "stop.json").write_text(json.dumps({"at": datetime.now(UTC).isoformat(), "by": None}))
    page = open_page("jobs")
    assert page.button(key="jobs-stopping-1").disabled
    monkeypatch.setattr(launch, "GRACE_S", 0.0)
    page = open_page("jobs")
    page.button(key="jobs-kill-1").click().run()
    worker.wait(30)
    assert launch.launched(served.workspace, 1).state == "stopped"


def test_what_ended_without_being_done_can_go_on(served: Workplace, asked: list[tuple[str, ...]]) -> None:
    """A job whose process died says so and is started again by its own command; one that is done is not."""
    noted(served, 1, "done")
    noted(served, 2, "running")
    noted(served, 3, "failed", label="No disk.")
    page = open_page("jobs")
    words = words_of(page)
    assert "its process ended without a word" in words and r"No disk\." in words and "1 min" not in shown_progress(page)
    assert {button.key for button in page.button if "again" in (button.key or "")} == {"jobs-again-2", "jobs-again-3"}
    page.button(key="jobs-again-2").click().run()
    assert asked == [("mine", "--network", "tiny", "--images", "shapes", "--layers", "layer2")]


def test_a_log_is_shown(served: Workplace) -> None:
    """The command and what it printed open above the page."""
    folder = noted(served, 1, "done")
    (folder / "log.txt").write_text("three of four\n")
    page = open_page("jobs")
    page.button(key="jobs-log-1").click().run()
    assert [code.value for code in page.code][-2:] == ["exemplary mine --network tiny --images shapes --layers layer1", "three of four"]


def test_only_the_newest_are_shown_at_first(served: Workplace) -> None:
    """Of many jobs the newest ten are listed, and all where that is asked for."""
    for number in range(1, 13):
        noted(served, number, "done")
    page = open_page("jobs")
    assert "Job 3 " in words_of(page) and "Job 2 " not in words_of(page)
    page.toggle[0].set_value(True).run()
    assert "Job 1 " in words_of(page)


def test_a_unit_without_synthetic_images_can_be_rendered(served: Workplace, asked: list[tuple[str, ...]]) -> None:
    """Its page offers that, tells what it costs, and starts it; a unit that has some offers nothing."""
    page = open_page("feature-maps", study="tiny/shapes", unit=UNRENDERED)
    key = f"render/tiny/shapes/{UNRENDERED}"
    page.button(key=key).click().run()
    assert "18 images of 64 steps" in words_of(page)
    click_in_dialog(page, key)
    assert asked == [("synthesize", "--network", "tiny", "--units", UNRENDERED, "--preset", "quick", "--image-set", "shapes")]
    other = open_page("feature-maps", study="tiny/shapes", unit="mixed3a:0")
    assert not [button for button in other.button if str(button.key).startswith("render/")]


def test_a_unit_at_work_shows_its_job(served: Workplace, worker: subprocess.Popen[str]) -> None:
    """While a job renders the unit, if only in a range, its page shows how far that is in place of the button, and no other job."""
    folder = noted(served, 1, "running", mark_of(worker.pid))
    facts = json.loads((folder / "asked.json").read_text())
    arguments = ["synthesize", "--network", "tiny", "--units", "conv2d2:0", "mixed3a:4-6", "--preset", "quick"]
    (folder / "asked.json").write_text(json.dumps({**facts, "arguments": arguments}))
    noted(served, 2, "queued", mark_of(worker.pid), label="waits for job 1")
    page = open_page("feature-maps", study="tiny/shapes", unit=UNRENDERED)
    assert not page.exception and len(shown_progress(page)) == 1
    assert not [button for button in page.button if button.key == f"render/tiny/shapes/{UNRENDERED}"]


@pytest.mark.parametrize(("layer", "expected"), [("mixed3a", ("--units", "mixed3a:4", "mixed3a:6-7")), ("conv2d2", None)])
def test_the_units_that_the_wall_shows_can_be_rendered(
    served: Workplace, asked: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch, layer: str, expected: tuple[str, ...] | None
) -> None:
    """Those that its filters leave and that have no synthetic images, and no others."""
    made = "false" if expected else "true"
    monkeypatch.setattr(feature_maps, "wall", lambda *_, **__: Chosen(None, f"rendered={made}&layer={layer}"))
    page = open_page("feature-maps")
    assert not page.exception
    if expected is None:
        assert not [one for one in page.button if str(one.key).startswith("render-found/")]
        return
    page.button(key="render-found/tiny/shapes-start").click().run()
    (arguments,) = asked
    assert arguments[3:-4] == expected


def test_others_start_nothing(served: Workplace, worker: subprocess.Popen[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is no administrator is offered no job, sees one that works without a way to stop it, and is refused the page."""
    monkeypatch.setattr(access, "person", lambda: Person("eve", "viewer"))
    noted(served, 1, "running", mark_of(worker.pid))
    unit = open_page("feature-maps", study="tiny/shapes", unit=UNRENDERED)
    wall = open_page("feature-maps", rendered="false")
    overview = open_page("overview")
    jobs = open_page("jobs")
    keys = [str(button.key) for page in (unit, wall, overview, jobs) for button in page.button]
    assert not [key for key in keys if key.startswith(("render", "jobs-")) or "-stop-" in key]
    assert len(shown_progress(overview)) == 1 and "Nothing is being computed" not in words_of(jobs)
    assert not any(page.exception for page in (unit, wall, overview, jobs))
