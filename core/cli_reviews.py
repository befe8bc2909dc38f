"""The command `reviews`: what a team said of units, how far it agrees, and its files."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from core.domain import Study
from core.errors import NotReady
from core.inference.bootstrap import Bootstrapped
from core.reviews import fold, summarise
from core.services import studies
from core.services.reviews import reviewing
from core.services.reviews.review_agreement import agreement
from core.services.reviews.review_export import FORMATS, export_reviews
from core.services.reviews.review_scheme import review_scheme
from core.services.reviews.review_sheet import FORMATS as SHEETS
from core.services.reviews.review_sheet import review_sheet
from core.services.units.unit_names import parse_units
from core.settings import Settings
from core.store.publication import CatalogueReader
from core.store.workspace import Workspace, write_whole


def add_reviews(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `reviews`."""
    parser.add_argument("--export", type=Path, metavar="FOLDER", help="write every verdict, note, tag and bookmark into a folder")
    parser.add_argument("--format", choices=FORMATS, default="csv", help="of the export (default: csv)")
    parser.add_argument("--anonymise", action="store_true", help="random codes instead of pseudonyms, and no dates")
    parser.add_argument("--sheet", type=Path, metavar="FILE", help="write a contact sheet of --units: .png or .pdf")
    parser.add_argument("--delete-author", metavar="NAME", help="take out for good all that a reviewer gave, in every study")
    parser.add_argument("--units", nargs="+", metavar="UNIT", help="units of the sheet (default: bookmarked ones)")


def run_reviews(settings: Settings, parsed: argparse.Namespace) -> None:
    """Print the summary of a study's reviews, or write them; or delete a reviewer's."""
    workspace = Workspace(settings.workspace)
    if parsed.delete_author is not None:
        _delete(workspace, parsed.delete_author, as_json=parsed.json)
        return
    reader = CatalogueReader(workspace)
    study = studies.choose_study(reader, key=parsed.study, network=parsed.network)
    if parsed.export:
        report = export_reviews(workspace, study, parsed.export, parsed.format, anonymise=parsed.anonymise)
        line = f"{report.file}: {report.n_rows:,} rows of {report.n_reviewers} reviewers on {report.n_units:,} units"
        print(json.dumps(report.as_dict(), indent=1) if parsed.json else line)
    if parsed.sheet:
        _write_sheet(workspace, reader, study, parsed)
    if not parsed.export and not parsed.sheet:
        _show(workspace, study, as_json=parsed.json)


def _delete(workspace: Workspace, author: str, *, as_json: bool) -> None:
    n_events = reviewing.delete_author(workspace, author)
    print(json.dumps({"deleted": n_events}) if as_json else f"{n_events:,} entries of {author!r} were deleted. Exported files keep theirs.")


def _write_sheet(workspace: Workspace, reader: CatalogueReader, study: Study, parsed: argparse.Namespace) -> None:
    kind = next((one for one in SHEETS if parsed.sheet.suffix == f".{one}"), SHEETS[0])
    reviews = fold(reviewing.read_events(workspace, study.key))
    summaries = {str(unit): summarise(review) for unit, review in reviews.items()}
    marked = [unit for unit, review in reviews.items() if review.bookmarked_by]
    units = parse_units(study.network, parsed.units) if parsed.units else marked
    if not units:
        raise NotReady("No unit is bookmarked; name some with --units, such as mixed4b:465.")
    write_whole(parsed.sheet, review_sheet(workspace, reader, study, units, summaries, kind=kind))
    print(f"{parsed.sheet}: {len(units)} units")


def _show(workspace: Workspace, study: Study, *, as_json: bool) -> None:
    reviews = fold(reviewing.read_events(workspace, study.key))
    found = agreement(reviews.values(), review_scheme(workspace))
    summaries = [summarise(review) for review in reviews.values()]
    n_reviewed = sum(one.n_reviewers > 0 for one in summaries)
    n_disputed = sum(one.status == "disputed" for one in summaries)
    if as_json:
        content = {"study": study.key, "n_reviewed": n_reviewed, "n_disputed": n_disputed, "agreement": [asdict(one) for one in found]}
        print(json.dumps(content, indent=1))
        return
    print(f"{study.key}: {n_reviewed:,} units reviewed, {n_disputed:,} disputed")
    for one in found:
        print(
            f"  {one.question:<16} alpha {_interval(one.alpha)}; {one.n_rated_twice:,} units by two or more of {one.n_reviewers} reviewers"
        )


def _interval(found: Bootstrapped | None) -> str:
    if found is None:
        return "needs two units that two reviewers rated"
    low, high = found.interval or (None, None)
    return f"{found.estimate:.3f}" + (f" [{low:.3f}, {high:.3f}]" if low is not None and high is not None else "")
