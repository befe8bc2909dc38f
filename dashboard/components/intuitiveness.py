"""Intuitiveness ratings of one moment in the browser: synthetic images beside natural ones and a slider (METHOD section 7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from functools import cache
from typing import Any

from core.experiment import RatingTask
from dashboard.components.stage import COLOURS, component_key, no_callback, stage_component
from dashboard.participant_text import ParticipantText


def intuitiveness_ratings(
    *,
    session_id: str,
    tasks: Sequence[RatingTask],
    rating_url: str,
    image_url: str,
    total: int,
    key: str,
    texts: ParticipantText,
    image_px: int = 224,
) -> bool:
    """Take the open ratings of a moment, one after the other; True in the one run that follows the last stored one.

    `tasks`: those of one moment without a rating, in order; `total` counts all of the moment. Each rating is POSTed as JSON to
    `rating_url`: rating_key (UUID, the same on every repetition), session_id, moment, place, rating (whole, from -100 to 100; 0 only
    where it was moved to or confirmed), reaction_time_ms (from the painted images); replies as those to answers.
    """
    if not tasks:
        return False
    moment = tasks[0].moment
    data = {
        "name": f"{session_id}/{moment}",
        "session_id": session_id,
        "moment": moment,
        "tasks": [{"place": one.place, "synthetic": list(one.synthetic), "natural": list(one.natural)} for one in tasks],
        "offset": total - len(tasks),
        "total": total,
        "title": texts.ratings.title_begin if moment == "begin" else texts.ratings.title_end,
        "body": texts.ratings.intro,
        "rating_url": rating_url,
        "image_url": image_url.rstrip("/"),
        "image_px": image_px,
        "texts": asdict(texts.queue) | asdict(texts.ratings),
        "colours": COLOURS,
    }
    return _component()(data=data, key=component_key(key), on_finished_change=no_callback).finished is not None


@cache
def _component() -> Any:
    return stage_component("intuitiveness", "intuitiveness")
