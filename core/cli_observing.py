"""The command `observe`: machine observers answer every unit's tasks."""

from __future__ import annotations

import argparse

from core import cli_output, embedder_names
from core.cli_progress import Bars
from core.design_spec import SCHEMES
from core.services import studies
from core.services.observers.observer_tasks import N_TASKS
from core.settings import Settings
from core.store.observations import DEFAULT_SCHEME
from core.store.publication import CatalogueReader
from core.store.workspace import Workspace


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `observe` takes."""
    offered = "; ".join(f"{one.source}: {one.about}" for one in embedder_names.embedder_names())
    parser.add_argument(
        "--embedder",
        nargs="+",
        default=[],
        metavar="NAME",
        help="whose similarities decide, one observer each (default: another network where one is at hand, else own). "
        f"{offered}; or any network as in `exemplary mine`, NETWORK#LAYER for another than its deepest layer",
    )
    parser.add_argument("--scheme", choices=SCHEMES, default=DEFAULT_SCHEME, help=f"presentation scheme (default: {DEFAULT_SCHEME})")
    tasks = f"tasks a unit and condition, as far as the mined exemplars go (default: {N_TASKS})"
    parser.add_argument("--tasks", type=int, default=N_TASKS, metavar="N", help=tasks)
    parser.add_argument("--units", nargs="+", default=[], metavar="UNIT", help="only these, mixed4b:465 or mixed4b:* (default: all mined)")


def run(settings: Settings, parsed: argparse.Namespace) -> None:
    """Let observers answer and print their proportions correct."""
    from core.services.observers.observing import ObserveRequest, observe

    study = studies.choose_study(CatalogueReader(Workspace(settings.workspace)), key=parsed.study, network=parsed.network)
    request = ObserveRequest(tuple(parsed.embedder), parsed.scheme, parsed.tasks, tuple(parsed.units))
    with Bars() as bars:
        reports = observe(settings, study, request, progress=bars)
    cli_output.show_observing(reports, as_json=parsed.json)
