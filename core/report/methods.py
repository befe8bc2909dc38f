"""The methods section: the actual design with its numbers, how references were made, who was left out, and what was computed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Final

from core.design_spec import DesignSpec, Difficulty, Section, has_images_of_its_own
from core.domain import Study, digest
from core.inference import Results
from core.inference.results import By
from core.inference.scope import Scope
from core.render_spec import RenderSpec
from core.render_words import recipe
from core.report import markup
from core.report.material import Material
from core.selection import SHARE_WARNING, reference_share

BAND: Final = "The two query images are from the stimulus band {} (Zimmermann et al. 2023), one of either end."
DIFFICULTIES: Final[Mapping[Difficulty, str]] = {
    "extreme": "The two query images are the most extreme of the unit's set, one of either end.",
    "easy": BAND.format("that follows the references"),
    "hard99": BAND.format("around the 99th percentile"),
    "hard95": BAND.format("around the 95th percentile"),
    "hard85": BAND.format("around the 85th percentile"),
}
FEEDBACK: Final = {"trial": "after every trial", "block": "after every block", "none": "not given"}
TASK: Final = (
    "Two-alternative forced choice (Borowski et al. 2021): shown reference images of a unit, respondents pick which of two natural query "
    "images activates it strongly, and say how sure they are (1 to 3). The references are what differs between conditions."
)


def methods(material: Material) -> str:
    """Return the section."""
    designs = [_design(spec, material.study) for spec in material.designs]
    return markup.section(
        "Methods",
        markup.paragraph(TASK),
        _participants(material.results),
        *designs,
        markup.section("References", markup.bullets(_references(material)), _recipes(material.recipes), name="references", level=3),
        markup.section("Exclusions", markup.bullets(_exclusions(material.results)), name="exclusions", level=3),
        name="methods",
    )


def scope_facts(scope: Scope) -> dict[str, str | None]:
    """Return what the numbers are of, where they are not of everything."""
    return {
        "Conditions": ", ".join(scope.conditions),
        "Presentation schemes": ", ".join(scope.schemes),
        "Expertise": ", ".join(scope.expertise),
        "Participants": ", ".join(scope.participants),
        "Since": None if scope.since is None else scope.since.isoformat(),
        "Until": None if scope.until is None else scope.until.isoformat(),
        "Design": scope.design,
        "Attention rules": None if scope.rules.attention.name == "none" else scope.rules.attention.name,
    }


def _participants(results: Results | None) -> str:
    if results is None or not results.n_main_answers:
        return ""
    trials = ", ".join(f"{one.n_trials:,} {name}" for name, one in results.accuracy.items())
    catch, repeated = results.catch_accuracy, results.repeat_consistency.get("all")
    caught = f" {_count(catch.n, 'catch trial')}, {catch.correct:g} answered correctly." if catch.n else ""
    again = f" {_count(repeated.n_trials, 'repeated trial')}, {100 * repeated.mean:.1f} % answered as before." if repeated else ""
    units, layers, schemes = (_levels(of) for of in (results.accuracy_by_unit, results.accuracy_by_layer, results.accuracy_by_scheme))
    shown = f" They were of {_count(len(units), 'unit')} in {_count(len(layers), 'layer')}, in {', '.join(schemes)}."
    answers = f"gave {_count(results.n_main_answers, 'main answer')} that count ({trials})."
    return markup.paragraph(f"**{_count(results.n_participants, 'participant')}** {answers}{shown}{caught}{again}")


def _levels(found: By) -> list[str]:
    return list(dict.fromkeys(name for of in found.values() for name in of))


def _count(n: int, what: str) -> str:
    return f"{n:,} {what}{'s' if n != 1 else ''}"


def _design(spec: DesignSpec, study: Study | None) -> str:
    is_stale = study is not None and spec.stimuli_digest not in ("", study.stimuli_digest)
    stale = "Its stimuli are not the study's of today: network or images have changed since." if is_stale else ""
    name = f"design-{digest(spec)}"
    warning = markup.paragraph(stale, kind="warning")
    return markup.section(f"Design {spec.name}", warning, markup.bullets(_sentences(spec)), name=name, level=3)


def _sentences(spec: DesignSpec) -> Iterator[str]:
    main = ", ".join(f"{spec.n_main(name):,} {name}" for name in spec.conditions)
    lists = [f"{one.name} ({one.role}): {_count(len(one.units), 'unit')}" for one in spec.units]
    yield f"Conditions: {', '.join(spec.conditions)}; presentation schemes: {', '.join(spec.schemes)}; main trials of each: {main}."
    yield from (_section(place, one) for place, one in enumerate(spec.sections, start=1))
    every = [] if spec.lists("main") else ["main: every one that has what the conditions need"]
    yield f"Units: {'; '.join([*every, *lists])}."
    yield f"{spec.n_sets} stimulus sets of a unit, disjoint and spanning the same ranks; {spec.n_references} references at an extreme."
    yield DIFFICULTIES[spec.difficulty]
    yield f"Feedback {FEEDBACK[spec.feedback]}; pause {spec.pause_ms:,} ms, feedback shown {spec.feedback_ms:,} ms."
    if spec.n_repeated:
        yield f"The {spec.n_repeated} least and {spec.n_repeated} most confident main trials of each condition come again at the end."
    if spec.intuitiveness:
        yield f"Intuitiveness is rated at the {' and the '.join(spec.intuitiveness)}."
    yield f"Order of conditions: {spec.first_condition}. Seed {spec.seed}, spec `{digest(spec)}`."


def _section(place: int, one: Section) -> str:
    n = len(one.blocks)
    blocks = f"{n} blocks of {' + '.join(map(str, one.blocks))} main trials" if n > 1 else f"one block of {one.blocks[0]} main trials"
    practice, catch = _count(one.n_practice, "practice trial"), _count(one.n_catch, "catch trial")
    conditions = ", ".join(one.conditions)
    return f"Section {place}: {conditions} in {one.scheme}; of each condition {blocks}, {practice} before, {catch} in a block."


def _references(material: Material) -> Iterator[str]:
    study, results = material.study, material.results
    conditions = set(() if results is None else results.accuracy) | {name for spec in material.designs for name in spec.conditions}
    conditions |= {name for one in material.observers for name in one.results.accuracy}
    if study is not None:
        mining, images = study.mining, study.image_set
        half = " in half precision" if mining.precision == "half" else ""
        yield (
            f"**Natural** references and queries are images of `{images.name}` ({images.n_images:,}), ranked by the {mining.reduction} of "
            f"the unit's feature map{half}; the {mining.top_k} most extreme at either end are kept."
        )
        yield from (_share(name, share) for name, share in _shares(material).items())
    if "none" in conditions:
        yield "**None**: no references are shown, only the two queries."
    for spec in material.designs:
        for one in spec.renders:
            yield f"**{one.condition.capitalize()}** with {one.n_references} references in {spec.name}: images of spec `{one.spec_digest}`."
    others = sorted(name for name in conditions if has_images_of_its_own(name) and name != "synthetic")
    if others:
        yield f"Imported methods: {', '.join(others)}; how their images were made is not known here."


def _shares(material: Material) -> Mapping[str, float]:
    if material.study is None:
        return {}
    n = material.study.image_set.n_images
    shares = {spec.name: reference_share(n, n_sets=spec.n_sets, n_references=spec.n_references) for spec in material.designs}
    return shares or ({} if material.reference_share is None else {"the study": material.reference_share})


def _share(name: str, share: float) -> str:
    weak = " That is more than 2 %: they are weaker than the paper's." if share > SHARE_WARNING else ""
    return f"In {name} natural references span the {share:.2%} most extreme images at each end (the paper's: 0.4 %).{weak}"


def _recipes(recipes: Mapping[str, RenderSpec]) -> str:
    return "\n".join(
        markup.paragraph(f"How the images of spec `{key}` were made:") + markup.bullets(recipe(spec))
        for key, spec in sorted(recipes.items())
    )


def _exclusions(results: Results | None) -> Iterator[str]:
    if results is None:
        return
    for one in results.exclusions:
        yield f"{one.rule[:1].upper()}{one.rule[1:]}: {one.n:,} {one.what} left out."
    if not results.exclusions:
        yield "Nothing was left out."


def statistics(material: Material) -> str:
    """Return what each kind of number is: every method that a number of the report names, once, at the first that names it."""
    records: list[tuple[str, Any]] = [("", material.results), *(("observers, ", one.results) for one in material.observers)]
    records += [*(("agreement, ", one.agreement) for one in material.observers), ("models, ", material.models)]
    found: dict[str, str] = {}
    for whose, record in records:
        for name, method in _by_field(record):
            found.setdefault(method, f"{whose}{name.replace('_', ' ')}".removesuffix(", "))
    return markup.section("Statistics", markup.bullets(f"**{name}:** {method}." for method, name in found.items()), name="statistics")


def _by_field(record: Any) -> Iterator[tuple[str, str]]:
    if is_dataclass(record) and not isinstance(record, type):
        if isinstance(own := getattr(record, "method", None), str):
            yield "", own
        for one in fields(record):
            yield from ((one.name, method) for method in named_methods(getattr(record, one.name)))


def named_methods(record: Any) -> Iterator[str]:
    """Yield the methods that a record and those inside it name."""
    if is_dataclass(record) and not isinstance(record, type):
        method = getattr(record, "method", None)
        if isinstance(method, str):
            yield method
        yield from _in_all(getattr(record, one.name) for one in fields(record))
    elif isinstance(record, Mapping):
        yield from _in_all(record.values())
    elif isinstance(record, tuple):
        yield from _in_all(record)


def _in_all(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        yield from named_methods(value)
