"""`exemplary import-references`: import the images that a visualization method made elsewhere, or list the methods of a network."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from core.cli_progress import Bars
from core.design_spec import N_REFERENCES
from core.errors import UsageError
from core.services import studies
from core.services.renders import methods
from core.settings import Settings
from core.store.publication import CatalogueReader
from core.store.workspace import Workspace

if TYPE_CHECKING:
    from core.services.renders.method_import import MethodReport

SHOWN_SKIPPED = 10
SHOWN_UNITS = 8


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `import-references`."""
    images = "the images, as LAYER/CHANNEL/max/NAME.png (and min), or a CSV with columns unit, extreme, file; none: list the methods"
    parser.add_argument("source", nargs="?", type=Path, metavar="FOLDER", help=images)
    parser.add_argument("--method", metavar="NAME", help="what the method is called: a condition of designs")
    parser.add_argument("--network", help="the network whose units are shown (for a list: its newest study)")
    parser.add_argument("--study", help="for a list: network/image set (default: the newest)")
    parser.add_argument("--replace", action="store_true", help="replace other images of this name")


def run(settings: Settings, parsed: argparse.Namespace) -> None:
    """Import a method's images, or list the methods."""
    if parsed.source is None and parsed.method is None:
        _list(settings, parsed)
        return
    if parsed.source is None or parsed.method is None or parsed.network is None:
        raise UsageError(
            "Images lie in a folder (or a CSV lists them), have a method's name and show a network's units: "
            f"`exemplary import-references {parsed.source or 'FOLDER'} --method {parsed.method or 'NAME'} "
            f"--network {parsed.network or 'NETWORK'}`."
        )
    from core.services.renders.method_import import MethodRequest, import_method

    with Bars() as bars:
        request = MethodRequest(parsed.method, parsed.source, parsed.network, parsed.replace)
        report = import_method(settings, request, progress=bars)
    _show(report, as_json=parsed.json)


def _show(report: MethodReport, *, as_json: bool) -> None:
    if as_json:
        content = asdict(report) | {"one_sided": [str(unit) for unit in report.one_sided]}
        print(json.dumps(content, indent=1, ensure_ascii=False))
        return
    done = "" if report.is_changed else " (all there already)"
    print(f"{report.network}: {report.n_images:,} images of {report.n_units:,} units by {report.name}, spec {report.spec_digest}{done}")
    if report.one_sided:
        some = ", ".join(map(str, report.one_sided[:SHOWN_UNITS])) + (" ..." if len(report.one_sided) > SHOWN_UNITS else "")
        print(f"{len(report.one_sided):,} units have images at one extreme only, and are in no trial: {some}")
    fewer = report.n_units - report.n_complete - len(report.one_sided)
    if fewer:
        print(f"{fewer:,} units have fewer than {N_REFERENCES} images at an extreme: show them with `exemplary design --references N`")
    if report.skipped:
        print(f"{len(report.skipped):,} files were skipped:")
    for file in report.skipped[:SHOWN_SKIPPED]:
        print(f"  {file.path}: {file.reason}")
    if len(report.skipped) > SHOWN_SKIPPED:
        print(f"  ... and {len(report.skipped) - SHOWN_SKIPPED:,} more (--json lists all)")


def _list(settings: Settings, parsed: argparse.Namespace) -> None:
    reader = CatalogueReader(Workspace(settings.workspace))
    study = studies.choose_study(reader, key=parsed.study, network=parsed.network)
    found = methods.methods(reader, study)
    if parsed.json:
        print(json.dumps([asdict(one) for one in found], indent=1, ensure_ascii=False))
        return
    none = f": none yet; `exemplary import-references FOLDER --method NAME --network {study.network.name}`"
    print(f"Imported methods of {study.key}" + ("" if found else none))
    for one in found:
        stand = f", {one.n_beyond:,} of {one.n_judged:,} beyond every natural image" if one.n_beyond is not None and one.n_judged else ""
        print(f"  {one.name:<16} {one.n_images:,} images of {one.n_units:,} units, {one.n_complete:,} of them complete{stand}")
