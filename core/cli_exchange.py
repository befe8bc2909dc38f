"""The commands that exchange answers: `import`, `export`, `answers`, simulated people, and results of an answer set or under rules."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from core import cli_agreement, cli_models, cli_output, cli_scope
from core.cli_progress import Bars
from core.domain import Study
from core.errors import UsageError
from core.inference import Results
from core.inference.models import Models
from core.psychophysics.attention import PRESETS, attention_rules
from core.services import studies
from core.services.answers.answer_export import FORMATS, answer_set_source, export_answers, people_source
from core.services.answers.answer_import import ImportRequest, import_answers
from core.services.answers.people import design_counts, of_design, read_collected
from core.services.observers.observer_agreement import with_agreement
from core.services.results import results
from core.services.results.answer_results import AnswerSetResults, PublishedResults, answer_set_results, published_results
from core.settings import Settings
from core.store.answer_sets import answer_sets
from core.store.publication import CatalogueReader
from core.store.workspace import Workspace


def add_import(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `import`."""
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="CSV of trials, or of ratings, as released or exported")
    parser.add_argument("--name", required=True, help="name of the answer set; of files of both experiments two are made")
    parser.add_argument("--begin", nargs="+", type=Path, default=[], metavar="FILE", help="ratings before the trials")
    parser.add_argument("--end", nargs="+", type=Path, default=[], metavar="FILE", help="ratings after the trials")
    parser.add_argument("--replace", action="store_true", help="put it in the place of the answer set of this name")


def run_import(settings: Settings, parsed: argparse.Namespace) -> None:
    """Import files as an answer set and print what came of it."""
    request = ImportRequest(tuple(parsed.files), parsed.name, tuple(parsed.begin), tuple(parsed.end), parsed.replace)
    made = import_answers(Workspace(settings.workspace), request)
    if parsed.json:
        _print_json([one.as_dict() for one in made])
        return
    for one in made:
        print(f"{one.name}: {one.n_answers:,} answers of {one.n_participants} respondents, {one.n_ratings} ratings; study {one.study}")
        if one.columns_left_out:
            print(f"  columns left out: {', '.join(one.columns_left_out)}")


def add_export(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `export`."""
    parser.add_argument("--format", required=True, choices=FORMATS, help="how to write answers, ratings and sessions")
    parser.add_argument("--out", required=True, type=Path, metavar="FOLDER", help="where to write; must not be there yet")
    parser.add_argument("--answers", metavar="NAME", help="an answer set instead of the study's people")
    parser.add_argument("--anonymise", action="store_true", help="random codes instead of pseudonyms, and no dates")


def run_export(settings: Settings, parsed: argparse.Namespace) -> None:
    """Write a study's people, or an answer set, to a folder."""
    workspace = Workspace(settings.workspace)
    source = answer_set_source(workspace, parsed.answers) if parsed.answers else people_source(workspace, _study(workspace, parsed))
    report = export_answers(source, parsed.out, parsed.format, anonymise=parsed.anonymise)
    if parsed.json:
        _print_json(report.as_dict())
    else:
        print(f"{report.folder}: {report.n_answers:,} answers of {report.n_respondents} respondents, {report.n_ratings} ratings")
        print("\n".join(f"  {name}" for name in report.files))
        if source.reviews and not report.n_reviews:
            print("This format has no place for reviews; `exemplary reviews --export FOLDER` writes them.")


def run_answers(settings: Settings, parsed: argparse.Namespace) -> None:
    """List the answer sets."""
    found, problems = answer_sets(Workspace(settings.workspace))
    for problem in problems:
        print(problem, file=sys.stderr)
    if parsed.json:
        _print_json([{"name": one.card.name, "kind": one.card.kind, "study": one.card.study, **one.n_rows} for one in found])
        return
    for one in found:
        print(f"{one.card.name:<24} {one.card.kind:<10} {one.n_rows['answers']:>8,} answers, study {one.card.study}")
    if not found and not problems:
        print("No answer sets yet: `exemplary import` makes one of released files, `exemplary simulate --people` of simulated people.")


def add_simulate(parser: argparse.ArgumentParser) -> None:
    """Add what `simulate` takes for simulated people."""
    parser.add_argument("--people", type=int, required=True, metavar="N", help="so many simulated people take a design")
    parser.add_argument("--design", metavar="NAME", help="a saved design, or a preset (default: quick)")
    parser.add_argument("--name", help="name of the answer set (default: simulated-DESIGN)")
    ability = "proportion correct before lapses, such as natural=0.92 synthetic=0.82 none=0.5"
    parser.add_argument("--ability", nargs="+", default=[], metavar="CONDITION=P", help=ability)
    parser.add_argument("--lapse", type=float, metavar="P", help="share of trials answered by chance (default: 0.02)")
    parser.add_argument("--unit-sd", type=float, metavar="SD", help="how much units differ in ease, in logits (default: 0)")
    parser.add_argument("--participant-sd", type=float, default=0.0, metavar="SD", help="how much people differ, in logits (default: 0)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of everything random (default: 0)")
    parser.add_argument("--replace", action="store_true", help="put it in the place of the answer set of this name")


def run_people(settings: Settings, parsed: argparse.Namespace) -> None:
    """Let simulated people take a design."""
    from core.services.experiment.simulating import PeopleRequest, simulate_people

    workspace = Workspace(settings.workspace)
    request = PeopleRequest(
        n_people=parsed.people,
        design=parsed.design or "quick",
        name=parsed.name,
        participant=_participant(parsed),
        participant_sd=parsed.participant_sd,
        seed=parsed.seed,
        replace=parsed.replace,
    )
    with Bars() as bars:
        report = simulate_people(workspace, _study(workspace, parsed), request, progress=bars)
    if parsed.json:
        _print_json(report.as_dict())
    else:
        print(f"{report.name}: {report.n_people} simulated people gave {report.n_answers:,} answers, {report.n_ratings} ratings")
        print(f"  `exemplary results --answers {report.name}` compares them; people's own results never count them")


def add_results(parser: argparse.ArgumentParser) -> None:
    """Add what `results` takes for answer sets and attention rules."""
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument("--answers", metavar="NAME", help="of an answer set, imported or simulated, instead of the study")
    published = "of the answers that Borowski et al. released, from a folder of their CSV files; nothing is stored"
    instead.add_argument("--published", type=Path, metavar="FOLDER", help=published)
    parser.add_argument("--design", metavar="NAME", help="only of people who took this design (default: the answers to all are pooled)")
    parser.add_argument("--rules", choices=tuple(PRESETS), default="none", help="leave out sessions by these attention rules")
    cli_models.add_models(parser)
    cli_scope.add_scope(parser)


def run_results(settings: Settings, parsed: argparse.Namespace) -> None:
    """Print the comparison of a study's people and observers, of an answer set, or of the published answers."""
    workspace = Workspace(settings.workspace)
    scope, rules = cli_scope.scope_of(parsed), attention_rules(parsed.rules)
    if parsed.design and (parsed.published or parsed.answers):
        raise UsageError("--design is for the study's people; leave it out with --answers and --published.")
    if parsed.published:
        published = published_results(parsed.published, rules, scope=scope)
        fits = cli_models.of_published(parsed, scope)
        _show_answer_sets(published, tuple(published.experiments.values()), fits, as_json=parsed.json)
        return
    if parsed.answers:
        found = answer_set_results(workspace, parsed.answers, rules, scope=scope)
        _show_answer_sets(found, (found,), cli_models.of_answers(workspace, parsed, scope), as_json=parsed.json)
        return
    study = _study(workspace, parsed)
    collected = read_collected(workspace, study, details=True)
    if parsed.design:
        collected = of_design(collected, parsed.design)
    comparison = results.compare(
        workspace,
        study,
        collected.answers,
        scope=scope,
        sessions=collected.sessions,
        ratings=collected.ratings,
    )
    reader = CatalogueReader(workspace)
    comparison = with_agreement(reader, study, comparison, collected, scope=scope)
    fits = cli_models.of_people(parsed, collected, scope)
    if parsed.json:
        _print_json({**comparison.as_dict(), "designs": design_counts(collected), **cli_models.content(fits)})
    else:
        cli_output.show_results(comparison)
        cli_agreement.show_agreement(comparison.observers)
        _show_designs(design_counts(collected))
        _show_sessions_left_out(comparison.people)
        cli_models.show(fits)


def _show_answer_sets(
    found: AnswerSetResults | PublishedResults, sets: Sequence[AnswerSetResults], fits: Mapping[str, Models], *, as_json: bool
) -> None:
    if as_json:
        _print_json({**found.as_dict(), **cli_models.content(fits)})
        return
    for number, one in enumerate(sets):
        print(("\n" if number else "") + f"answer set {one.card.name} ({one.card.kind}), study {one.card.study}\n")
        cli_output.show_accuracy(one.results)
        _show_sessions_left_out(one.results)
    cli_models.show(fits)


def _show_designs(counts: Mapping[str, int]) -> None:
    if len(counts) > 1:
        some = ", ".join(f"{name} ({n})" for name, n in counts.items())
        print(
            f"\npeople's answers to {len(counts)} designs are pooled (sessions): {some}; `exemplary results --design NAME` tells them apart"
        )


def _show_sessions_left_out(found: Results) -> None:
    broken = [one for one in found.exclusions if one.what == "sessions"]
    if broken:
        print("\nsessions left out")
    for one in broken:
        print(f"  {one.n:>4}  {one.rule}")


def _participant(parsed: argparse.Namespace) -> Any:
    from core.psychophysics.simulation import SimulatedParticipant

    given = {"lapse": parsed.lapse, "unit_sd": parsed.unit_sd}
    values: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    abilities = dict(SimulatedParticipant().abilities) | dict(_ability(text) for text in parsed.ability)
    return SimulatedParticipant(abilities=tuple(abilities.items()), **values)


def _ability(text: str) -> tuple[str, float]:
    condition, equals, number = text.partition("=")
    try:
        if not condition or not equals:
            raise ValueError
        return condition, float(number)
    except ValueError as error:
        raise UsageError(f"An ability is written condition=proportion, such as natural=0.92; {text!r:.60} came.") from error


def _study(workspace: Workspace, parsed: argparse.Namespace) -> Study:
    return studies.choose_study(CatalogueReader(workspace), key=parsed.study, network=parsed.network)


def _print_json(content: Any) -> None:
    print(json.dumps(content, indent=1, ensure_ascii=False))
