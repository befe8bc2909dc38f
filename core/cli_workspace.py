"""The commands that look into a workspace: `exemplary check` verifies it."""

from __future__ import annotations

import argparse
import json
import sys

from core.cli_progress import Bars
from core.services.checking.checking import CheckReport, check
from core.services.checking.finding import size_in_words
from core.settings import Settings


def add_check(parser: argparse.ArgumentParser) -> None:
    """Add what `exemplary check` takes."""
    deep = "read every file and compare its SHA-256 (default: presence, counts, and the bytes of a sample of the images)"
    parser.add_argument("--deep", action="store_true", help=deep)
    parser.add_argument("--mend", action="store_true", help="remove the files that nothing refers to; never anything else")


def run_check(settings: Settings, parsed: argparse.Namespace) -> int:
    """Check the workspace and print what was found; return 1 where something is wrong, else 0."""
    with Bars() as bars:
        report = check(settings, deep=parsed.deep, mend=parsed.mend, progress=bars)
    if parsed.json:
        json.dump(report.as_dict(), sys.stdout, indent=1, ensure_ascii=False)
        print()
    else:
        _show(report)
    return 0 if report.is_well else 1


def _show(report: CheckReport) -> None:
    for one in report.findings:
        print(f"{one.kind:<7} {one.text}")
    for one in report.removed:
        print(f"removed {len(one.files):,} files of {one.about}, {size_in_words(one.n_bytes)}")
    if report.caches:
        sizes = ", ".join(f"{one.folder} {size_in_words(one.n_bytes)}" for one in report.caches)
        print(f"caches  {sizes}: made again when they are needed, these folders may be deleted")
    n_wrong = sum(one.kind == "wrong" for one in report.findings)
    how = "every file was read" if report.is_deep else "files present, counts, a sample of the images; --deep reads every file"
    print(f"{report.workspace}: {'well' if report.is_well else f'{n_wrong:,} wrong'} ({how})")
