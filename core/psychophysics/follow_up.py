"""Trials that a participant's own answers call for: practice until all are right, and main trials repeated (METHOD sections 5 and 11)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from core.design_spec import DesignSpec
from core.experiment import Response, Trial
from core.psychophysics.dealing import shuffled
from core.psychophysics.trials import SIDES, plan_rng, turned


def in_order(trials: Sequence[Trial]) -> tuple[Trial, ...]:
    """Return a session's trials as they are shown: by block, then index."""
    return tuple(sorted(trials, key=lambda trial: (trial.block, trial.index)))


def follow_up(spec: DesignSpec, *, participant_number: int, trials: Sequence[Trial], responses: Sequence[Response]) -> tuple[Trial, ...]:
    """Return the trials that the answers so far call for and that are not planned yet, with the next indices; mostly none.

    A function of its arguments: asked twice, it gives the same. Practice again: a practice block of which the last round is answered and
    not all right is shown once more, its trials turned and reordered. Repeated: once every planned trial is answered, of each condition
    the n_repeated least and the n_repeated most confident main trials (ties by chance), in a block for each condition, in random order.
    """
    answered = {response.trial_index: response for response in reversed(responses)}
    if spec.practice_until_right:
        again = [
            trial
            for block in sorted({trial.block for trial in trials if trial.kind == "practice"})
            for trial in _practice_again(spec, participant_number, [one for one in trials if one.block == block], answered)
        ]
        if again:
            return _numbered(again, trials)
    if spec.n_repeated and not any(trial.kind == "repeated" for trial in trials) and all(trial.index in answered for trial in trials):
        return _numbered(_repeated(spec, participant_number, trials, answered), trials)
    return ()


def n_rounds(spec: DesignSpec, block: Sequence[Trial]) -> int:
    """Return how many rounds of practice a practice block has by now."""
    return len(block) // max(1, _round_length(spec, block))


def _practice_again(
    spec: DesignSpec, participant_number: int, block: Sequence[Trial], answered: Mapping[int, Response]
) -> tuple[Trial, ...]:
    length = _round_length(spec, block)
    last = sorted(block, key=lambda trial: trial.index)[-length:]
    if not last or any(trial.index not in answered for trial in last):
        return ()
    if all(answered[trial.index].choice == trial.correct for trial in last):
        return ()
    rng = plan_rng(spec, participant_number, f"practice {last[0].condition} {last[0].block} round {n_rounds(spec, block)}")
    return tuple(turned(trial, SIDES[int(rng.integers(2))]) for trial in shuffled(last, rng))


def _round_length(spec: DesignSpec, block: Sequence[Trial]) -> int:
    first = block[0]
    return next(section.n_practice for section in spec.sections if first.condition in section.conditions and section.scheme == first.scheme)


def _repeated(spec: DesignSpec, participant_number: int, trials: Sequence[Trial], answered: Mapping[int, Response]) -> list[Trial]:
    rng = plan_rng(spec, participant_number, "repeated")
    found: list[Trial] = []
    next_block = max(trial.block for trial in trials) + 1
    for place, condition in enumerate(shuffled(spec.conditions, rng)):
        main = shuffled([trial for trial in trials if trial.kind == "main" and trial.condition == condition], rng)
        by_confidence = sorted(main, key=lambda trial: answered[trial.index].confidence)
        n = min(spec.n_repeated, len(main) // 2)
        chosen = shuffled([*by_confidence[:n], *by_confidence[len(main) - n :]], rng)
        for trial in chosen:
            side = SIDES[int(rng.integers(2))]  # the query order is drawn anew, as in the published answers
            found.append(replace(turned(trial, side), kind="repeated", block=next_block + place, repeats=trial.index))
    return found


def _numbered(new: Sequence[Trial], trials: Sequence[Trial]) -> tuple[Trial, ...]:
    first = 1 + max(trial.index for trial in trials)
    return tuple(replace(trial, index=first + place) for place, trial in enumerate(new))
