"""`exemplary design`: what a study can run, what is missing and which command makes it; making and saving a design of one's own."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import get_args

import numpy as np

from core.design_spec import DIFFICULTIES, SCHEMES, DesignSpec, Feedback
from core.domain import Study, Unit, as_content, digest
from core.errors import UsageError
from core.psychophysics.dealing import shuffled
from core.psychophysics.presets import PRESETS
from core.services import studies
from core.services.experiment import designs
from core.services.experiment.design_requests import DesignRequest, most_uncertain
from core.services.experiment.session_plans import session_plan
from core.services.results import results
from core.services.units.unit_names import parse_units
from core.settings import Settings
from core.store import design_files
from core.store.publication import CatalogueReader
from core.store.workspace import Workspace

UNCERTAIN = "uncertain:"


def run(settings: Settings, parsed: argparse.Namespace) -> None:
    """List the designs of a study, show one, or make and save one."""
    workspace = Workspace(settings.workspace)
    reader = CatalogueReader(workspace)
    study = studies.choose_study(reader, key=parsed.study, network=parsed.network)
    if parsed.name is None:
        _list(workspace, reader, study, as_json=parsed.json)
        return
    if parsed.preset is None:
        is_preset = parsed.name in PRESETS and parsed.name not in design_files.saved_names(workspace)
        shown = designs.build(reader, study, DesignRequest(parsed.name)) if is_preset else design_files.read_saved(workspace, parsed.name)
        _show(shown, as_json=parsed.json)
        return
    spec = designs.build(reader, study, _request(workspace, reader, study, parsed))
    session_plan(workspace, reader, study, spec, participant_number=1)  # what cannot be planned is not saved
    design_files.save_design(workspace, spec, replace=parsed.replace)
    _show(spec, as_json=parsed.json)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `design`."""
    parser.add_argument("name", nargs="?", metavar="NAME", help="the design to make (with --preset), or one to show; none: list all")
    parser.add_argument("--preset", choices=tuple(PRESETS), help="make a design from this preset")
    parser.add_argument("--replace", action="store_true", help="replace another design of this name")
    parser.add_argument("--study", help="network/image set (default: the newest)")
    parser.add_argument("--network", help="the newest study of this network")
    units = parser.add_argument_group("units (default: as the preset has them)")
    uncertain = "uncertain:20 for those of which people's answers tell least"
    units.add_argument(
        "--units", nargs="+", metavar="UNIT", help=f"main units: mixed4b:465, mixed4a:*, random:2/branch, random:40, {uncertain}"
    )
    units.add_argument("--reserved", nargs="+", metavar="UNIT", help="units of practice and catch trials (default: those reserved)")
    units.add_argument("--unit-seed", type=int, default=0, metavar="N", help="seed of random units (default: 0)")
    trials = parser.add_argument_group("trials (of each condition; default: as the preset has them)")
    trials.add_argument("--conditions", nargs="+", metavar="NAME", help="natural, synthetic, none, or an imported method")
    trials.add_argument("--schemes", nargs="+", choices=SCHEMES, metavar="SCHEME", help=", ".join(SCHEMES))
    trials.add_argument("--main", type=int, metavar="N", help="main trials")
    trials.add_argument("--per-block", type=int, metavar="N", help="main trials in a block")
    trials.add_argument("--practice", type=int, metavar="N", help="practice trials")
    trials.add_argument("--catch", type=int, metavar="N", help="catch trials in a block")
    trials.add_argument("--repeated", type=int, metavar="N", help="so many least and most confident main trials come again at the end")
    trials.add_argument("--difficulty", choices=DIFFICULTIES, help="where queries come from: the most extreme images, or a percentile band")
    trials.add_argument("--sets", type=int, metavar="N", help="stimulus sets of a unit")
    trials.add_argument("--references", type=int, default=9, metavar="N", help="reference images at each extreme (default: 9)")
    how = parser.add_argument_group("how")
    how.add_argument("--feedback", choices=get_args(Feedback), help="after every trial, after every block, or none")
    how.add_argument("--intuitiveness", nargs="*", choices=("begin", "end"), help="rate intuitiveness at the begin, at the end")
    how.add_argument("--balanced", action=argparse.BooleanOptionalAction, help="balance positions; never begin a block with a catch trial")
    how.add_argument("--breaks", action=argparse.BooleanOptionalAction, help="self-paced breaks between blocks")
    how.add_argument("--pause-ms", type=int, metavar="MS", help="pause between answer and feedback")
    how.add_argument("--feedback-ms", type=int, metavar="MS", help="how long the right image is framed")
    how.add_argument("--seed", type=int, default=0, metavar="N", help="of stimulus sets and orders (default: 0)")


def _request(workspace: Workspace, reader: CatalogueReader, study: Study, parsed: argparse.Namespace) -> DesignRequest:
    request = DesignRequest(
        preset=parsed.preset,
        name=parsed.name,
        reserved=parse_units(study.network, parsed.reserved) if parsed.reserved else (),
        conditions=tuple(parsed.conditions or ()),
        schemes=tuple(parsed.schemes or ()),
        n_main=parsed.main,
        per_block=parsed.per_block,
        n_practice=parsed.practice,
        n_catch=parsed.catch,
        n_repeated=parsed.repeated,
        n_sets=parsed.sets,
        n_references=parsed.references,
        difficulty=parsed.difficulty,
        feedback=parsed.feedback,
        intuitiveness=None if parsed.intuitiveness is None else tuple(parsed.intuitiveness),
        balanced=parsed.balanced,
        breaks=parsed.breaks,
        pause_ms=parsed.pause_ms,
        feedback_ms=parsed.feedback_ms,
        seed=parsed.seed,
        unit_seed=parsed.unit_seed,
    )
    return replace(request, units=_units(workspace, reader, study, request, parsed.units)) if parsed.units else request


def _units(workspace: Workspace, reader: CatalogueReader, study: Study, request: DesignRequest, texts: Sequence[str]) -> tuple[Unit, ...]:
    uncertain = [text for text in texts if text.startswith(UNCERTAIN)]
    if not uncertain:
        return parse_units(study.network, texts, live=designs.designable_units(reader, study), seed=request.unit_seed)
    if len(texts) > 1 or not uncertain[0].removeprefix(UNCERTAIN).isdecimal():
        raise UsageError(f"The most uncertain units are named alone, as uncertain:20; {' '.join(texts)!r:.80} came.")
    answers = results.read_people(workspace, study.key, study.stimuli_digest)
    candidates = shuffled(designs.uncertain_candidates(reader, study, request), np.random.default_rng(request.unit_seed))
    return most_uncertain(candidates, answers, int(uncertain[0].removeprefix(UNCERTAIN)))


def _list(workspace: Workspace, reader: CatalogueReader, study: Study, *, as_json: bool) -> None:
    offers = designs.offers(reader, study)
    saved = design_files.saved_designs(workspace, study.key)
    if as_json:
        print(
            json.dumps([_offer_content(one) for one in offers] + [_saved_content(one.spec) for one in saved], indent=1, ensure_ascii=False)
        )
        return
    print(f"Designs of {study.key}")
    for offer in offers:
        print(f"  {offer.name:<20} {_length(offer.spec) if offer.spec else 'not yet'}")
        for note in offer.notes:
            print(f"    {note}")
        for missing in offer.missing:
            print(f"    {missing.sentence}" + (f"\n      {missing.command}" if missing.command else ""))
    for one in saved:
        stale = "" if one.spec.stimuli_digest == study.stimuli_digest else "; its images have changed since: make it anew"
        print(f"  {one.name:<20} {_length(one.spec)}{stale}")
    for problem in design_files.unreadable_designs(workspace):
        print(f"  {problem}")


def _offer_content(offer: designs.DesignOffer) -> dict[str, object]:
    return {
        "name": offer.name,
        "n_trials": offer.n_trials,
        "minutes": offer.minutes,
        "missing": [{"sentence": one.sentence, "command": one.command} for one in offer.missing],
        "notes": list(offer.notes),
    }


def _saved_content(spec: DesignSpec) -> dict[str, object]:
    return {"name": spec.name, "n_trials": designs.n_trials(spec), "design_digest": digest(spec), "spec": as_content(spec)}


def _show(spec: DesignSpec, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(_saved_content(spec), indent=1, ensure_ascii=False))
        return
    print(f"{spec.name} ({digest(spec)}) of {spec.study}: {_length(spec)}")
    for section in spec.sections:
        blocks = " + ".join(map(str, section.blocks))
        print(
            f"  {section.scheme:<10} {', '.join(section.conditions)}: {section.n_practice} practice, blocks of {blocks} main trials"
            + (f", {section.n_catch} catch in each" if section.n_catch and section.conditions != ("none",) else "")
        )
    for one in spec.units:
        print(f"  {one.role} units {one.name}: {len(one.units)} ({', '.join(one.units[:4])}{' ...' if len(one.units) > 4 else ''})")
    print(f"  {spec.n_sets} stimulus sets, queries {spec.difficulty}, feedback {spec.feedback}")


def _length(spec: DesignSpec) -> str:
    n = designs.n_trials(spec)
    return f"{n} trials, about {max(1, round(n * designs.SECONDS_A_TRIAL / 60))} min"
