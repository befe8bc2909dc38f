"""The statistics that are fitted on demand, together: effect sizes with bootstrap intervals, mixed model, Bayesian estimate, power."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from core.design_spec import Condition
from core.errors import CannotFit
from core.inference.answer_table import AnswerTable
from core.inference.bayesian import Bayesian, bayesian
from core.inference.bootstrap import Resampled
from core.inference.effect_sizes import EffectSizes, effect_sizes
from core.inference.mixed_model import MixedModel, mixed_model
from core.inference.power import PowerPlan, plan_of_answers
from core.inference.record_json import about, content_of, record_of

Pair = tuple[Condition, Condition]
Progress = Callable[[float, float, str], None]
Part = TypeVar("Part")
MAIN_PAIR: Final[Pair] = ("natural", "synthetic")
LABEL: Final = "fitting models"
NO_PAIRS: Final = "Effect sizes need two {} with both {} and {} trials."


@dataclass(frozen=True, slots=True)
class Models:
    """The fits of one contrast A - B. A part that the answers do not determine is None, and `absent` says why."""

    a: Condition = field(metadata=about("the contrast is A - B"))
    b: Condition
    n_answers: int = field(metadata=about("main answers in A and B that were fitted"))
    seed: int = field(metadata=about("of everything random"))
    effect_sizes: EffectSizes | None = field(metadata=about("dz, rank-biserial, odds ratio with bootstrap intervals"))
    mixed_model: MixedModel | None = field(metadata=about("the contrast for participants and units in general"))
    bayesian: Bayesian | None = field(metadata=about("posterior of the difference of proportions"))
    power: PowerPlan | None = field(metadata=about("participants and trials that it takes to know the difference"))
    absent: Mapping[str, str] = field(metadata=about("why a part is null, by its name"))
    seconds: Mapping[str, float] = field(metadata=about("what each part took"))

    def as_dict(self) -> dict[str, Any]:
        """Return JSON content."""
        content: dict[str, Any] = content_of(self)
        return content

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Models:
        """Return the models that `as_dict` wrote."""
        found: Models = record_of(cls, content)
        return found


@dataclass(slots=True)
class _Parts:
    """Parts fitted one after another, each with what it took or why it is absent."""

    total: int
    progress: Progress
    absent: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def fit(self, name: str, asked: Callable[[], Part | None], reason: str = "") -> Part | None:
        began, found = time.perf_counter(), None
        try:
            found = asked()
            if found is None:
                self.absent[name] = reason
        except CannotFit as error:
            self.absent[name] = str(error)
        self.seconds[name] = time.perf_counter() - began
        self.progress(len(self.seconds), self.total, LABEL)
        return found


def fit_models(
    main: AnswerTable, pair: Pair = MAIN_PAIR, *, seed: int = 0, over: Resampled = "participants", progress: Progress = lambda *_: None
) -> Models:
    """Return all fits of main trials in two conditions; the same numbers for the same answers and seed, but for `seconds`.

    `over`: what effect sizes draw again, units for machine observers.
    """
    a, b = pair
    parts = _Parts(total=4, progress=progress)
    progress(0, parts.total, LABEL)
    return Models(
        a=a,
        b=b,
        n_answers=len(main.of("condition", a, b)),
        seed=seed,
        effect_sizes=parts.fit("effect_sizes", lambda: effect_sizes(main, a, b, over=over, seed=seed), NO_PAIRS.format(over, a, b)),
        mixed_model=parts.fit("mixed_model", lambda: mixed_model(main, a, b, seed=seed)),
        bayesian=parts.fit("bayesian", lambda: bayesian(main, a, b, seed=seed)),
        power=parts.fit("power", lambda: plan_of_answers(main, a, b)),
        absent=parts.absent,
        seconds=parts.seconds,
    )
