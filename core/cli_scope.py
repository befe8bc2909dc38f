"""What `results` takes to say which answers it is of: conditions, expertise, participants, days."""

from __future__ import annotations

import argparse
from datetime import date

from core.inference import ExclusionRules, Scope
from core.psychophysics.attention import attention_rules


def add_scope(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    only = parser.add_argument_group("only of some answers")
    only.add_argument("--conditions", nargs="+", default=[], metavar="CONDITION", help="of these conditions")
    only.add_argument("--expertise", nargs="+", default=[], choices=("expert", "lay"), help="of people with this expertise")
    only.add_argument("--participants", nargs="+", default=[], metavar="NAME", help="of these participants")
    only.add_argument("--since", type=_day, metavar="DATE", help="from this day on, such as 2026-03-01 (UTC)")
    only.add_argument("--until", type=_day, metavar="DATE", help="up to this day, its answers included")


def scope_of(parsed: argparse.Namespace) -> Scope:
    """Return the scope that was asked for, with its attention rules."""
    return Scope(
        conditions=tuple(parsed.conditions),
        expertise=tuple(parsed.expertise),
        participants=tuple(parsed.participants),
        since=parsed.since,
        until=parsed.until,
        rules=ExclusionRules(attention=attention_rules(parsed.rules)),
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"a day is written like 2026-03-01; {text!r:.40} came") from error
