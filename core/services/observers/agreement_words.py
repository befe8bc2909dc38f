"""An observer's calibration and agreement with people in sentences, for commands and pages alike."""

from __future__ import annotations

from core.inference.agreement import Agreement, ConditionAgreement, TrialAgreement, UnitCorrelation
from core.inference.bootstrap import Bootstrapped
from core.psychophysics.observer_fit import ObserverFit
from core.store.observations import ObserverCard


def calibration_line(card: ObserverCard, found: Agreement | None) -> str:
    """Return which temperature the observer's choice probabilities have, and where it is from."""
    if found is not None and found.fit is not None:
        return _fit_line(found.fit)
    if card.temperature is not None:
        return f"temperature {card.temperature:g} as published, lapse rate {card.lapse:g}; not fitted to people here"
    return "uncalibrated: no temperature until people have answered trials whose images it has seen"


def agreement_lines(found: Agreement, *, of_units: bool = True) -> tuple[str, ...]:
    """Return what the record says, one sentence for each number; without `of_units` only what it says of choices in trials."""
    lines = _lines_of_units(found) if of_units else []
    if found.all_trials is not None:
        lines.append(_trial_line(found.all_trials))
    if found.n_unseen:
        lines.append(f"{found.n_unseen:,} of people's main trials show images that it has not embedded, and are left out of choices")
    return tuple(lines)


def _lines_of_units(found: Agreement) -> list[str]:
    lines = [_condition_line(name, one) for name, one in found.by_condition.items()]
    lines += [_unit_line(name, one) for name, one in found.by_unit.items()]
    return lines + [_unit_line(name.replace("_minus_", " - "), one) for name, one in found.difference_by_unit.items()]


def _fit_line(fit: ObserverFit) -> str:
    if fit.temperature is None:
        return f"uncalibrated: D tells nothing of people's choices in {fit.n_trials:,} trials (an infinite temperature is most likely)"
    low, high = fit.temperature_interval
    t = f"temperature {fit.temperature:.3g} [{low:.3g}, {'infinite' if high is None else f'{high:.3g}'}]"
    return f"{t}, lapse rate {fit.lapse:.1%} {_shares(fit.lapse_interval)}, fitted to {fit.n_trials:,} trials of people"


def _condition_line(name: str, one: ConditionAgreement) -> str:
    low, high = one.interval
    return (
        f"{name}: it {one.observer:.1%}, people {one.people:.1%} on the same {one.n_units:,} units; difference {one.difference:+.1%} "
        f"[{low:+.1%}, {high:+.1%}] ({one.n_tasks:,} tasks, {one.n_trials:,} trials)"
    )


def _unit_line(name: str, one: UnitCorrelation) -> str:
    return f"{name}, over {one.n_units:,} units: rank correlation {_number(one.spearman)}, Pearson's {_number(one.pearson)}"


def _trial_line(one: TrialAgreement) -> str:
    kappa = "undefined" if one.kappa is None else f"{one.kappa:.2f}"
    gain = (one.log_likelihood - one.log_likelihood_chance) / one.n_trials
    return (
        f"same choice as the person in {one.same_choice:.1%} of {one.n_trials:,} trials {_shares(one.same_choice_interval)}; error "
        f"consistency kappa {kappa}{_bounds(one.kappa_interval)}; log-likelihood {gain:+.3f} a trial above guessing, by the fit"
    )


def _number(one: Bootstrapped | None) -> str:
    return "undefined" if one is None else f"{one.estimate:.2f}{_bounds(one.interval)}"


def _bounds(interval: tuple[float | None, float | None] | None) -> str:
    return "" if interval is None else f" [{', '.join('open' if end is None else f'{end:.2f}' for end in interval)}]"


def _shares(interval: tuple[float | None, float | None] | None) -> str:
    return "" if interval is None else f"[{', '.join('open' if end is None else f'{end:.1%}' for end in interval)}]"
