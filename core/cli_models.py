"""`exemplary results --models` and `exemplary power`: statistics that are fitted on demand."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from typing import Any

from core.answer_set import Collected
from core.cli_progress import Bars
from core.errors import CannotFit, UsageError
from core.inference.answer_table import AnswerTable, table_of
from core.inference.bootstrap import Bootstrapped
from core.inference.choices import counted
from core.inference.models import Models
from core.inference.power import WITHINS, Assumed, PowerPlan, plan_of_answers, plan_of_assumed
from core.inference.scope import Scope
from core.services import studies
from core.services.answers.people import read_collected
from core.services.results.models import answer_set_models, models_of, published_models
from core.settings import Settings
from core.store.answer_sets import read_answer_set
from core.store.publication import CatalogueReader
from core.store.workspace import Workspace

Interval = tuple[float, float]
PEOPLE = "people"


def add_models(parser: argparse.ArgumentParser) -> None:
    """Add --models to `results`."""
    told = "also fit the mixed model, the Bayesian estimate, effect sizes with bootstrap intervals and power (seconds)"
    parser.add_argument("--models", action="store_true", help=told)


def of_people(parsed: argparse.Namespace, collected: Collected, scope: Scope) -> dict[str, Models]:
    """Return the models of a study's people in a scope where they are asked for."""
    if not parsed.models:
        return {}
    with Bars() as bars:
        return {PEOPLE: models_of(collected, scope, progress=bars)}


def of_answers(workspace: Workspace, parsed: argparse.Namespace, scope: Scope) -> dict[str, Models]:
    """Return the models of an answer set in a scope where they are asked for."""
    if not parsed.models:
        return {}
    with Bars() as bars:
        return {parsed.answers: answer_set_models(workspace, parsed.answers, scope.rules.attention, scope=scope, progress=bars)}


def of_published(parsed: argparse.Namespace, scope: Scope) -> dict[str, Models]:
    """Return the models of the published experiments in a scope where they are asked for."""
    if not parsed.models:
        return {}
    with Bars() as bars:
        found = published_models(parsed.published, scope.rules.attention, scope=scope, progress=bars)
    return {name.replace("-", "_"): one for name, one in found.items()}


def content(fits: Mapping[str, Models]) -> dict[str, Any]:
    """Return what `results --json` has of models: {"models": {people, the answer set's name, or experiment_1 ...: models}}."""
    return {"models": {name: one.as_dict() for name, one in fits.items()}} if fits else {}


def show(fits: Mapping[str, Models]) -> None:
    """Print models as a table, and why a part is absent."""
    for name, one in fits.items():
        print(f"\nmodels of {name}: {one.a} - {one.b}, {one.n_answers:,} answers, {sum(one.seconds.values()):.1f} s")
        if one.effect_sizes is not None:
            found = one.effect_sizes
            for title, effect in (("dz", found.cohen_dz), ("rank-biserial", found.rank_biserial), ("odds ratio", found.odds_ratio)):
                if effect is not None:
                    print(f"  {title:<28} {effect.estimate:+8.3f} {_bootstrapped(effect)}")
        if one.mixed_model is not None:
            _show_mixed(one)
        if one.bayesian is not None:
            posterior = one.bayesian
            print(f"  {'Bayesian difference':<28} {posterior.difference:+8.1%} {_shares(posterior.interval)}", end="")
            print(f"  P(above 0) = {posterior.probability_above_0:.4f}, n = {posterior.n_participants}")
        if one.power is not None:
            _show_needed(one.power)
        for part, reason in one.absent.items():
            print(f"  no {part.replace('_', ' ')}: {reason}")


def add_power(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `power`."""
    parser.add_argument(
        "--within", type=float, nargs="+", default=WITHINS, metavar="X", help="half-widths to reach (default: 0.01 0.02 0.05)"
    )
    parser.add_argument("--answers", metavar="NAME", help="plan from an answer set instead of the study's people")
    parser.add_argument("--assume", action="store_true", help="plan from assumed values even where there are answers")
    parser.add_argument("--participants", type=int, metavar="N", help="what so many participants give")
    parser.add_argument("--trials", type=int, metavar="N", help="trials of each participant in each condition")
    assumed = parser.add_argument_group("assumed before any answer (default: the paper's experiment I)")
    assumed.add_argument("--natural", type=float, metavar="P", help="proportion correct with natural references")
    assumed.add_argument("--synthetic", type=float, metavar="P", help="with synthetic references")
    assumed.add_argument("--participant-sd", type=float, metavar="SD", help="how much participants' differences truly vary")


def run_power(settings: Settings, parsed: argparse.Namespace) -> None:
    """Print how many participants it takes: from the answers where there are enough, else from assumed values, and which."""
    if parsed.participants is not None and parsed.participants < 2:
        raise UsageError(f"A plan is for at least 2 participants; --participants {parsed.participants} came.")
    if parsed.trials is not None and parsed.trials < 1:
        raise UsageError(f"A plan is for at least 1 trial in each condition; --trials {parsed.trials} came.")
    plan, why = _plan(settings, parsed)
    if parsed.json:
        print(json.dumps({**_content(plan), "assumed_because": why}, indent=1, ensure_ascii=False))
        return
    _show_plan(plan, why)


def _plan(settings: Settings, parsed: argparse.Namespace) -> tuple[PowerPlan, str | None]:
    values = {"share_a": parsed.natural, "share_b": parsed.synthetic, "sd_participants": parsed.participant_sd}
    given = {name: value for name, value in values.items() if value is not None}
    why = "it was asked for" if parsed.assume or given else None
    more = (parsed.participants,) if parsed.participants else ()
    if why is None:
        try:
            main = _main(settings, parsed)
            return plan_of_answers(main, withins=tuple(parsed.within), n_trials=parsed.trials, charted=more), None
        except CannotFit as error:
            if parsed.answers:
                raise
            why = str(error)
    assumed = Assumed(**given, **({"n_trials": parsed.trials} if parsed.trials else {}))
    return plan_of_assumed(assumed, n_participants=parsed.participants or 0, withins=tuple(parsed.within)), why


def _main(settings: Settings, parsed: argparse.Namespace) -> AnswerTable:
    workspace = Workspace(settings.workspace)
    if parsed.answers:
        _, collected = read_answer_set(workspace, parsed.answers)
    elif not workspace.responses.exists():
        raise CannotFit("Nobody has answered in this workspace yet.")
    else:
        study = studies.choose_study(CatalogueReader(workspace), key=parsed.study, network=parsed.network)
        collected = read_collected(workspace, study)
    return counted(table_of(collected.answers), Scope(), collected.sessions)


def _content(plan: PowerPlan) -> dict[str, Any]:
    from core.inference.record_json import content_of

    found: dict[str, Any] = content_of(plan)
    return found


def _show_plan(plan: PowerPlan, why: str | None) -> None:
    noise = plan.trial_variance**0.5
    seen = f"{plan.n_participants} participants' answers" if plan.source == "answers" else f"assumed values, by default the paper's: {why}"
    print(f"{plan.a} - {plan.b} = {plan.difference:+.1%}, {plan.n_trials:g} trials a participant and condition; from {seen}")
    print(f"participants' differences vary by {plan.sd_participants:.1%} (sd) beside trial noise of {noise:.1%} / sqrt(trials)")
    _show_needed(plan)
    print("\n  participants  half-width  in 80 % of studies  power")
    for row in plan.rows:
        print(f"  {row.n_participants:>12,}  {row.half_width:>10.1%}  {row.half_width_assured:>18.1%}  {row.power:>5.0%}")
    print("\n" + plan.method)


def _show_needed(plan: PowerPlan) -> None:
    for one in plan.needed:
        more = f" ({one.n_more_participants:,} more)" if plan.source == "answers" else ""
        trials = f", or {one.n_trials:,} trials of each in each condition" if one.n_trials is not None and plan.n_participants > 1 else ""
        print(f"  {f'within +- {one.within:.1%}':<28} {one.n_participants:,} participants{more}{trials}")


def _show_mixed(models: Models) -> None:
    found = models.mixed_model
    if found is None:
        return
    n = f"{found.n_participants} participants x {found.n_units} units" + ("" if found.is_converged else "; NOT CONVERGED")
    low, high = found.log_odds_ratio_interval
    print(f"  {'mixed model, log odds ratio':<28} {found.log_odds_ratio:+8.3f} [{low:+.3f}, {high:+.3f}]  {n}")
    print(f"  {'mixed model, difference':<28} {found.difference:+8.1%} {_shares(found.difference_interval)}")
    for what, spread in (("participants", found.participants), ("units", found.units)):
        slope = "" if spread.slope_sd is None else f", slope {spread.slope_sd:.2f}"
        print(f"  {f'  sd of {what}, logits':<28} {spread.intercept_sd:8.2f}{slope}")


def _bootstrapped(effect: Bootstrapped) -> str:
    return "(no interval)" if effect.interval is None else f"[{effect.interval[0]:+.3f}, {effect.interval[1]:+.3f}]"


def _shares(interval: Interval) -> str:
    return f"[{interval[0]:+.1%}, {interval[1]:+.1%}]"
