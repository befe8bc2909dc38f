"""Starting a job: its cost is told before, the command is shown, and one click starts it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import streamlit as st

from core.domain import Study, Unit
from core.errors import ExemplaryError
from core.jobs import launch
from core.services.jobs import job_offers
from core.services.jobs.job_offers import Offer
from core.services.jobs.job_words import command_of
from core.store.workspace import Workspace
from dashboard import job_text
from dashboard.components.job_list import start

MOST_STEPS: Final = 20_000
MOST_IMAGES: Final = 100
MOST_SHOWN: Final = 400  # characters of a command


@dataclass(frozen=True, slots=True)
class Starter:
    """Where jobs are started, and the name of who starts them."""

    workspace: Workspace
    by: str | None


def render_button(
    starter: Starter, study: Study, units: Callable[[], Sequence[Unit]], *, label: str, key: str, help_text: str = ""
) -> None:
    """Draw a button that opens the choice of a recipe for units, and its cost; `units` are asked for when it is clicked."""
    if st.button(label, key=key, help=help_text or None):
        render_dialog(starter, study, tuple(units()), key=key)


def render_dialog(starter: Starter, study: Study, units: Sequence[Unit], *, key: str) -> None:
    """Open the choice of a recipe for units, and its cost."""
    what = str(units[0]) if len(units) == 1 else f"{len(units):,} units"
    st.dialog(job_text.RENDER_WHAT.format(what=what), width="medium")(_render_choice)(starter, study, units, key)


def offer_row(starter: Starter, offer: Offer, *, label: str, key: str) -> None:
    """Draw what a job costs, its command, and the button that starts it."""
    st.caption(job_text.cost(offer))
    waits_for = max((one.number for one in launch.alive(starter.workspace)), default=None)
    if waits_for is not None:
        st.caption(job_text.WAITS.format(number=waits_for))
    st.code(_command(offer), language="bash", wrap_lines=True)
    if st.button(label, key=key, type="primary"):
        start(starter.workspace, offer.arguments, about=offer.about, study=offer.study, by=starter.by, expected_s=offer.expected_s)


def _render_choice(starter: Starter, study: Study, units: Sequence[Unit], key: str) -> None:
    presets = job_offers.preset_names()
    preset = st.segmented_control(
        job_text.RECIPE, presets, default=presets[0], required=True, help=job_text.RECIPE_HELP, key=f"{key}-preset"
    )
    usual = job_offers.usual(study, preset or presets[0])
    left, right = st.columns(2)
    n_images = left.number_input(job_text.N_IMAGES, 1, MOST_IMAGES, usual.n_images, key=f"{key}-{preset}-images")
    steps = right.number_input(job_text.STEPS, 1, MOST_STEPS, usual.steps, key=f"{key}-{preset}-steps")
    try:
        offer = job_offers.render_offer(
            starter.workspace,
            study,
            units,
            preset=preset or presets[0],
            n_images=None if n_images == usual.n_images else int(n_images),
            steps=None if steps == usual.steps else int(steps),
        )
    except ExemplaryError as error:
        st.warning(str(error))
        return
    offer_row(starter, offer, label=job_text.RENDER, key=f"{key}-start")


def _command(offer: Offer) -> str:
    """Return the command, shortened where it names many units."""
    words = command_of(offer.arguments)
    return words if len(words) <= MOST_SHOWN else f"{words[:MOST_SHOWN]} ..."
