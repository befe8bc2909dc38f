"""The commands `pictures` and `maps`: images of units as files in a folder."""

from __future__ import annotations

import argparse
from pathlib import Path

from core import cli_output
from core.cli_progress import Bars
from core.domain import Study
from core.services import studies
from core.services.renders import exporting
from core.services.units.unit_names import parse_unit, parse_units
from core.settings import Settings
from core.store.publication import CatalogueReader
from core.store.workspace import Workspace


def add_pictures(parser: argparse.ArgumentParser) -> None:
    """Add what `pictures` takes."""
    parser.add_argument("units", nargs="+", metavar="UNIT", help="mixed4b:465, mixed4b:0-7 or mixed4b:*")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="where to write")
    parser.add_argument("--sheet", action="store_true", help="also a contact sheet of each unit, natural beside synthetic")
    parser.add_argument("--gif", action="store_true", help="also the course of each optimisation as an animation")
    parser.add_argument("--spec-digest", metavar="DIGEST", help="of which render spec (default: the one with most images)")


def run_pictures(settings: Settings, parsed: argparse.Namespace) -> None:
    """Write units' synthetic images into a folder."""
    workspace = Workspace(settings.workspace)
    study = _study(workspace, parsed)
    chosen = parse_units(study.network, parsed.units)
    report = exporting.export_renders(
        workspace, study, chosen, parsed.out, sheet=parsed.sheet, gif=parsed.gif, spec_digest=parsed.spec_digest
    )
    cli_output.show_export(report, as_json=parsed.json)


def add_maps(parser: argparse.ArgumentParser) -> None:
    """Add what `maps` takes."""
    parser.add_argument("unit", metavar="UNIT", help="layer:channel, such as mixed4b:465")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="where to write")
    parser.add_argument("--images", type=int, default=9, metavar="N", help="images of each extreme, natural and synthetic (default: 9)")


def run_maps(settings: Settings, parsed: argparse.Namespace) -> None:
    """Write where a unit responds in its images into a folder."""
    from core.services.maps.map_export import export_maps

    study = _study(Workspace(settings.workspace), parsed)
    with Bars() as bars:
        report = export_maps(settings, study, parse_unit(study.network, parsed.unit), parsed.out, n_images=parsed.images, progress=bars)
    cli_output.show_maps(report, as_json=parsed.json)


def _study(workspace: Workspace, parsed: argparse.Namespace) -> Study:
    return studies.choose_study(CatalogueReader(workspace), key=parsed.study, network=parsed.network)
