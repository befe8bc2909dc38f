"""The arguments that say which answers results are of."""

from __future__ import annotations

import argparse
from datetime import date

import pytest

from core.cli_scope import add_scope, scope_of
from core.errors import UnknownName
from core.inference import ExclusionRules, Scope
from core.psychophysics.attention import IMI, NONE


def parsed(*arguments: str, rules: str = "none") -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_scope(parser)
    return parser.parse_args(arguments, argparse.Namespace(rules=rules))


def test_without_arguments_all_answers_are_in_the_scope() -> None:
    """No condition, person or day is left out, and no session by its attention."""
    assert scope_of(parsed()) == Scope(rules=ExclusionRules(attention=NONE))


def test_every_argument_narrows_the_scope() -> None:
    """Conditions, expertise, participants, days and the named rules are those of the scope."""
    asked = ["--conditions", "natural", "none", "--expertise", "lay", "--participants", "p1", "p 2"]
    found = scope_of(parsed(*asked, "--since", "2026-03-01", "--until", "2026-03-09", rules="imi"))
    assert found == Scope(
        conditions=("natural", "none"),
        expertise=("lay",),
        participants=("p1", "p 2"),
        since=date(2026, 3, 1),
        until=date(2026, 3, 9),
        rules=ExclusionRules(attention=IMI),
    )


@pytest.mark.parametrize("day", ["yesterday", "2026-02-30", "1.3.2026", ""])
def test_what_is_no_day_is_refused(day: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The sentence shows how a day is written and what came."""
    with pytest.raises(SystemExit):
        parsed("--since", day)
    assert f"a day is written like 2026-03-01; {day!r} came" in capsys.readouterr().err


def test_expertise_and_rules_are_those_that_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    """An expertise that nobody has ends the command with those that there are; unknown rules raise UnknownName."""
    with pytest.raises(SystemExit):
        parsed("--expertise", "naive")
    assert "expert" in capsys.readouterr().err
    with pytest.raises(UnknownName, match="strict"):
        scope_of(parsed(rules="strict"))
