"""`exemplary report`: results as one HTML file that needs nothing else."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from core.cli_progress import Bars
from core.psychophysics.attention import PRESETS, attention_rules
from core.services import studies
from core.services.results.reporting import ReportRequest, write_report
from core.settings import Settings
from core.store.publication import CatalogueReader
from core.store.workspace import Workspace


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `report`."""
    parser.add_argument("--out", required=True, type=Path, metavar="FILE", help="the HTML file to write")
    parser.add_argument("--replace", action="store_true", help="write it in the place of a file that is there")
    parser.add_argument("--answers", metavar="NAME", help="of an answer set instead of the study's people and observers")
    parser.add_argument("--design", metavar="NAME", help="only of people who took this design")
    parser.add_argument("--models", action="store_true", help="fit mixed model, Bayesian estimate, effect sizes and power, too")
    parser.add_argument("--rules", choices=tuple(PRESETS), default="none", help="leave out sessions by these attention rules")
    parser.add_argument("--published", type=Path, metavar="FOLDER", help="of the authors' CSV files: their numbers stand behind one's own")
    parser.add_argument("--experiment", type=int, choices=(1, 2), help="with --published: a report of that experiment itself")


def run(settings: Settings, parsed: argparse.Namespace) -> None:
    """Write a report."""
    workspace = Workspace(settings.workspace)
    request = ReportRequest(
        parsed.design, parsed.answers, parsed.published, parsed.experiment, attention_rules(parsed.rules), parsed.models
    )
    needs_study = parsed.answers is None and parsed.experiment is None
    study = studies.choose_study(CatalogueReader(workspace), key=parsed.study, network=parsed.network) if needs_study else None
    with Bars() as bars:
        n_bytes = write_report(workspace, study, request, parsed.out, replace=parsed.replace, progress=bars)
    print(json.dumps({"file": str(parsed.out), "bytes": n_bytes}) if parsed.json else f"{parsed.out}: {n_bytes / 1e6:.1f} MB")
