"""The arguments of `exemplary query`, and running it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from core.errors import UsageError
from core.services import querying
from core.settings import Settings
from core.store.query_views import View, open_views
from core.store.workspace import Workspace


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes besides the workspace."""
    parser.add_argument("sql", nargs="?", metavar="SQL", help='one question, such as "FROM units WHERE is_dead"')
    parser.add_argument("--views", action="store_true", help="list what can be asked: views and their columns")
    shown = "how to write the answer (default: a table on a terminal, else csv; of a file, by its ending)"
    parser.add_argument("--format", choices=querying.FORMATS, help=shown)
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the answer to a file")
    parser.add_argument("--rows", type=int, default=querying.SHOWN_ROWS, help=f"rows of a table (default: {querying.SHOWN_ROWS})")


def run(settings: Settings, parsed: argparse.Namespace) -> None:
    """Answer the question, or list the views."""
    if parsed.views == (parsed.sql is not None) or parsed.rows < 1:
        raise UsageError('Ask one question, `exemplary query "SELECT ..."` (--rows from 1 on), or list what can be asked with --views.')
    with open_views(Workspace(settings.workspace)) as views:
        if parsed.views:
            print("\n\n".join(map(_described, views.described())))
            return
        kind = querying.format_of(parsed.format, parsed.out, is_terminal=sys.stdout.isatty())
        if views.gone and "activations" in parsed.sql.lower():
            print(f"note: `activations` lacks {', '.join(views.gone)}: files are gone (`exemplary check` says more).", file=sys.stderr)
        answer = views.ask(parsed.sql)
        if parsed.out is None:
            querying.write_answer(answer, sys.stdout, kind, n_rows=parsed.rows)
        else:
            querying.save_answer(answer, parsed.out, kind, n_rows=parsed.rows)


def _described(view: View) -> str:
    columns = "\n".join(f"  {name:<16} {kind}" for name, kind in view.columns)
    return f"{view.name}: {view.about}\n{columns}"
