"""Every sentence about jobs that a page starts."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from core.jobs.launch import Launched, LaunchState
from core.services.jobs.job_offers import Offer
from core.services.jobs.job_words import duration
from dashboard.review_text import as_written

TITLE: Final = "Jobs"
LEAD: Final = (
    "Each job is a process of its own: it goes on when the browser is closed or the dashboard ends. One works at a time, the others wait. "
    "What was finished is kept however it ends, and starting it again goes on from there."
)
NOW: Final = "Now"
NOTHING_RUNS: Final = "Nothing is being computed."
START: Final = "Start"
EARLIER: Final = "Earlier"
NONE_EARLIER: Final = "No job was started from a page yet. In a terminal, `exemplary jobs` lists them too."
ALL_EARLIER: Final = "Show all {n}"
JOB: Final = "Job {number} · {about}"
ELSEWHERE: Final = "{name}, started in a terminal"
STATES: Final[dict[LaunchState, str]] = {
    "queued": "waits",
    "running": "running",
    "done": "done",
    "failed": "failed",
    "stopped": "stopped",
    "interrupted": "interrupted",
}
STATE_COLOURS: Final[dict[LaunchState, str]] = {
    "queued": "gray",
    "running": "blue",
    "done": "green",
    "failed": "red",
    "stopped": "gray",
    "interrupted": "orange",
}
INTERRUPTED: Final = "its process ended without a word: killed, or the machine was restarted"
BY: Final = "by {name}"
EXPECTED: Final = "expected about {time} in all"
STOP: Final = "Stop"
STOP_HELP: Final = "Ask it to stop, as Ctrl-C does. What is finished is kept."
STOPPING: Final = "Stopping"
KILL: Final = "End at once"
KILL_HELP: Final = "It was asked to stop and works on. Ended at once it loses at most the batch in work."
LOG: Final = "Log"
LOG_EMPTY: Final = "It has printed nothing yet."
AGAIN: Final = "Go on"
AGAIN_HELP: Final = "Start the same command again: it goes on from what is there."
STARTED: Final = "Job {number} was started."

RENDER: Final = "Render"
RENDER_UNIT: Final = "Render this unit"
RENDER_UNITS: Final = "Render these {n:,} units"
RENDER_UNITS_HELP: Final = "Those of the units that the filters leave which have no synthetic images."
RENDER_WHAT: Final = "Synthetic images of {what}"
RENDER_WHY: Final = "Any units of the study by name, or random ones; or filter the feature maps and render what is left."
UNITS: Final = "Units"
UNITS_HINT: Final = "mixed4b:465 mixed4a:0-3"
RECIPE: Final = "Recipe"
RECIPE_HELP: Final = "quick: nine good pictures in 64 steps. lucid: one image, 512 steps. paper: the paper's, 10 images, 2,560 steps."
N_IMAGES: Final = "Images an extreme"
STEPS: Final = "Steps"
CHOOSE_RECIPE: Final = "Choose a recipe"
RENDER_ONE: Final = "Render {unit}"
MINING: Final = "Mining"
MINE: Final = "Mine"
MINED: Final = "All {n_layers} layers are mined on all {n_images:,} images."
UNMINED: Final = "Layers to mine"
UNMINED_WHY: Final = "{n} of {of} layers are not mined on all images of **{image_set}**."
OBSERVE: Final = "Let it answer"
OBSERVER: Final = "Observer"
OBSERVER_ABOUT: Final = "**{name}**: {about}."
DEFAULT_OBSERVER: Final = "default"
DEFAULT_OBSERVER_WHY: Final = "another network where one is at hand, else the studied one"
QUEUE: Final = "Render what waits"
QUEUE_WHY: Final = "{n} requests wait that were noted by `exemplary synthesize --queue`."
QUEUE_ABOUT: Final = "render what waits"
BUILD_ABOUT: Final = "build the embedded study"
WAITS: Final = "It waits until job {number} has ended."
COST: Final = "{n:,} {what}: about {time} at the rate of this workspace's earlier jobs."
COST_UNKNOWN: Final = "{n:,} {what}. How long that takes is not known yet: no job of this workspace tells."


def cost(offer: Offer) -> str:
    """Return what a job is expected to take."""
    if offer.expected_s is None:
        return COST_UNKNOWN.format(n=offer.n, what=offer.what)
    return COST.format(n=offer.n, what=offer.what, time=duration(offer.expected_s))


def title(job: Launched) -> str:
    """Return which job this is, as Markdown."""
    return JOB.format(number=job.number, about=as_written(job.asked.about))


def facts(job: Launched) -> str:
    """Return of which study a job is, who asked for it and when, and how long it took or may take; as Markdown."""
    parts = [as_written(job.asked.study)] if job.asked.study else []
    parts.append(when(job.asked.asked_at))
    if job.asked.asked_by:
        parts.append(BY.format(name=as_written(job.asked.asked_by)))
    if job.is_alive and job.asked.expected_s is not None:
        parts.append(EXPECTED.format(time=duration(job.asked.expected_s)))
    if job.began_at is not None and job.ended_at is not None:
        parts.append(duration((job.ended_at - job.began_at).total_seconds()))
    return " · ".join(parts)


def when(at: datetime) -> str:
    """Return a moment as a date and time in UTC."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def render_words(n: int, unit: str) -> str:
    """Return the words for rendering so many units, the first of which is `unit`."""
    return RENDER_UNITS.format(n=n) if n > 1 else RENDER_ONE.format(unit=unit)
