"""What commands print for people: short tables; --json prints the same as data."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from core.domain import EXTREMES, Render, SkippedFile, Study
from core.inference import Results
from core.selection import SHARE_WARNING
from core.services.renders.exporting import ExportReport
from core.services.results.results import Comparison
from core.services.units.units import UnitView
from core.store.observations import ObserverCard

if TYPE_CHECKING:
    from core.services.images.image_sets import ImageSetView
    from core.services.images.indexing import IndexReport
    from core.services.maps.map_export import MapReport
    from core.services.mining.mining import MineReport
    from core.services.observers.observing import ObserveReport
    from core.services.renders.synthesis import SynthesisReport

SHOWN_SKIPPED = 20
SHOWN_LABELS = 20
SHOWN_EXEMPLARS = 5


def show_index(report: IndexReport, *, as_json: bool) -> None:
    """Print what was indexed and what was skipped, with reasons."""
    if as_json:
        facts = {key: value for key, value in asdict(report).items() if key not in {"image_set", "skipped"}}
        return _dump({**asdict(report.image_set), **facts, "skipped": [asdict(file) for file in report.skipped]})
    image_set = report.image_set
    print(f"{image_set.name}: {image_set.n_images:,} images of {report.n_labels:,} labels in {image_set.folder}{_index_state(report)}")
    _show_skipped(report.skipped, f"`exemplary images {image_set.name} --skipped` lists all", limit=SHOWN_SKIPPED)
    return None


def _index_state(report: IndexReport) -> str:
    if not report.is_changed:
        return " (unchanged)"
    if report.n_before is None:
        return ""
    if not report.n_added and not report.n_moved:
        return " (the same images)"
    moved = f", {report.n_moved:,} under another path" if report.n_moved else ""
    return f" ({report.n_added:,} added to {report.n_before:,}{moved})"


def show_images(view: ImageSetView, *, skipped: bool, as_json: bool) -> None:
    """Print what an image set holds: the most frequent labels and the reasons for skipping, or every file that was skipped."""
    if as_json:
        listed = {"skipped": [asdict(file) for file in view.skipped]}
        return _dump({**asdict(view.image_set), **({} if skipped else {"labels": dict(view.labels)}), **listed})
    image_set = view.image_set
    print(f"{image_set.name}: {image_set.n_images:,} images of {len(view.labels):,} labels in {image_set.folder}")
    if not skipped:
        for label, n in view.labels[:SHOWN_LABELS]:
            print(f"  {n:>8,}  {label}")
        if len(view.labels) > SHOWN_LABELS:
            print(f"  ... and {len(view.labels) - SHOWN_LABELS:,} more labels")
    _show_skipped(view.skipped, "--skipped lists all", limit=None if skipped else SHOWN_SKIPPED)
    return None


def _show_skipped(skipped: Sequence[SkippedFile], hint: str, *, limit: int | None) -> None:
    if not skipped:
        return
    print(f"{len(skipped):,} files were skipped:")
    for file in skipped[:limit]:
        print(f"  {file.path}: {file.reason}")
    if limit is not None and len(skipped) > limit:
        print(f"  ... and {len(skipped) - limit:,} more ({hint})")


def show_mining(report: MineReport, *, as_json: bool) -> None:
    """Print what was mined."""
    if as_json:
        return _dump(asdict(report))
    done = " (all mined already)" if not report.n_mined and len(report.already_mined) >= len(report.layers) else ""
    print(f"{report.study}: {report.n_units:,} units of {len(report.layers)} layers on {report.n_images:,} images{done}")
    if report.brought_along:
        print(f"Mined before images were added, and now brought along: {', '.join(report.brought_along)}")
    if report.n_resumed and report.n_mined:
        print(f"{report.n_mined:,} images were mined now, {report.n_resumed:,} had been mined before")
    if report.images_per_s:
        shares = (
            "" if report.computing_share is None else f"; workers computed {report.computing_share:.0%} of their time, decoding the rest"
        )
        gpu = "" if report.gpu_share is None else f"; GPU busy {report.gpu_share:.0%} of the time"
        print(f"{report.images_per_s:,.1f} images/s{shares}{gpu}")
    if report.gpu_unknown:
        print(f"How busy the GPU was is not known: {report.gpu_unknown}")
    for choice in report.compile_choices:
        if choice.sentence:
            print(choice.sentence)
    if report.half_agreement:
        found = report.half_agreement
        print(
            f"Half precision against full on {found.n_images:,} images, rank correlation of a unit's activations: "
            f"median {found.median:.4f}, lowest {found.lowest:.4f} ({found.lowest_unit})"
        )
    return None


def show_synthesis(reports: Sequence[SynthesisReport], *, as_json: bool) -> None:
    """Print what was rendered, one line a spec."""
    if as_json:
        return _dump([asdict(report) for report in reports])
    for report in reports:
        print(
            f"{report.network}: {report.n_rendered:,} images of {len(report.units):,} units rendered by preset {report.spec.preset} "
            f"(spec {report.spec_digest}), {report.n_present:,} were there"
        )
        if report.n_beyond is not None:
            flag = "" if report.n_beyond == report.n_groups else "; do not trust the others (`exemplary show UNIT` names them)"
            print(f"{report.n_beyond:,} of {report.n_groups:,} groups go beyond every natural image of their unit{flag}")
    return None


def show_queued(name: str, *, as_json: bool) -> None:
    """Print that a request waits."""
    if as_json:
        return _dump({"queued": name})
    print(f"queued as {name}; `exemplary work` renders what waits")
    return None


def show_export(report: ExportReport, *, as_json: bool) -> None:
    """Print which files were written."""
    if as_json:
        return _dump(report.as_dict())
    print(f"{len(report.files):,} files of {len(report.units):,} units in {report.folder}")
    if report.without_course:
        print(f"no course was kept of {', '.join(map(str, report.without_course))}: rendered by an older version")
    return None


def show_maps(report: MapReport, *, as_json: bool) -> None:
    """Print which files were written."""
    if as_json:
        return _dump(report.as_dict())
    print(f"{len(report.files):,} files of {report.unit} on {report.n_images} images in {report.folder}")
    return None


def show_observing(reports: Sequence[ObserveReport], *, as_json: bool) -> None:
    """Print what observers did, a line each and one a condition."""
    if as_json:
        return _dump([report.as_dict() for report in reports])
    for report in reports:
        card = report.card
        left_out = f"; {report.n_left_out:,} units have no stimulus sets" if report.n_left_out else ""
        print(f"{card.name}{_label(card)}: {card.n_sets} tasks a unit and condition, {card.scheme}, of {card.study}{left_out}")
        for condition, (share, n_tasks) in report.scores.items():
            print(f"  {condition:<10} {share:6.1%} of {n_tasks:,} tasks ({n_tasks // card.n_sets:,} units)")
        for condition in report.conditions_left_out:
            print(f"  {condition:<10} none of these units has images")
        print(f"  {report.n_embedded:,} images embedded now; {report.scoring_s:,.1f} s to decide")
        if report.n_people_trials:
            covered = f"{report.n_people_covered:,} of {report.n_people_trials:,}"
            print(f"  people's main trials with references: it can judge {covered}")
        if report.people_problem:
            print(f"  what people saw could not be read, and only what tasks show is embedded: {report.people_problem}")
    return None


def show_unit(study: Study, view: UnitView) -> None:
    """Print a unit: activation, extremes, synthetic images."""
    activation = view.activation
    print(f"{study.key}  {view.unit}  branch {view.branch}  {'pre' if view.pre_relu else 'post'}-ReLU")
    print(f"activation of {activation.n:,} images: mean {activation.mean:.4g}, sd {activation.sd:.4g}, ", end="")
    print(f"min {activation.min:.4g}, max {activation.max:.4g}")
    if view.top_classes:
        print("top classes: " + ", ".join(f"{label} ({n})" for label, n in view.top_classes))
    for extreme in EXTREMES:
        print(f"\n{extreme} exemplars")
        for one in view.exemplars(extreme)[:SHOWN_EXEMPLARS]:
            print(f"  {one.rank:>3}  {one.activation:>10.4g}  {one.path}")
        for chosen in view.render_sets:
            values = ", ".join(f"{one.activation:.4g}{_flag(view, one)}" for one in chosen.of(extreme))
            print(f"  {'imported' if chosen.method else 'synthetic'} ({chosen.preset}, spec {chosen.spec_digest}): {values}")


def _flag(view: UnitView, one: Render) -> str:
    """Return a mark for a synthetic image that does not beat nature."""
    found = view.standing(one)
    return "" if found is None or found.is_beyond else " (do not trust: falls short of a natural image)"


def show_results(comparison: Comparison) -> None:
    """Print proportions correct and the contrast, people and observers apart."""
    print(f"study {comparison.study}; natural references span {comparison.reference_share:.1%} of the images (the paper's: 0.4 %)")
    if comparison.reference_share > SHARE_WARNING:
        print("That is more than 2 %: natural references are weaker than the paper's.")
    print("\npeople")
    show_accuracy(comparison.people)
    for one in comparison.observers:
        print(f"\nobserver {one.card.name}{_label(one.card)}: {one.card.n_sets} tasks a unit and condition, {one.card.scheme}")
        show_accuracy(one.results, n_of="units")
    if not comparison.observers:
        print("\nno observer has answered yet: `exemplary observe`")
    for problem in comparison.problems:
        print(f"\n{problem}")
    shown = [comparison.people, *(one.results for one in comparison.observers)]
    methods = dict.fromkeys(value.method for results in shown for value in results.accuracy.values())
    print("\n" + ("\n".join(methods) or "No answers yet."))


def _label(card: ObserverCard) -> str:
    """Return what must be known of an observer before its numbers are believed."""
    if card.is_biased:
        return " (biased witness: it sees through the network that it judges)"
    return " (baseline)" if card.kind == "baseline" else ""


def show_accuracy(results: Results, *, n_of: str = "") -> None:
    """Print proportions correct with their intervals, and the contrasts. `n_of`: what n counts, where it is not participants."""
    for condition, value in results.accuracy.items():
        low, high = value.wilson
        spread = "" if value.two_sem is None else f" ± {value.two_sem:.1%}"
        n_units = len(results.accuracy_by_unit.get(condition, ()))
        n = f"{value.n_trials:,} trials, n = {value.n_participants}" if not n_of else f"{value.n_trials:,} tasks of {n_units:,} {n_of}"
        print(f"  {condition:<10} {value.mean:6.1%}{spread}  [{low:.1%}, {high:.1%}]  {n}")
    for contrast in results.contrasts:
        low, high = contrast.interval
        print(f"  {contrast.a} - {contrast.b}: {contrast.estimate:+.1%} [{low:+.1%}, {high:+.1%}]  ({contrast.method})")
    if not results.accuracy:
        print("  no answers yet")


def _dump(content: Any) -> None:
    print(json.dumps(content, indent=1, ensure_ascii=False, default=_plain))


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, Sequence | set) else str(value)
