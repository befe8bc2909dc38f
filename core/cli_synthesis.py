"""The arguments of `exemplary synthesize`, and the request that they make."""

from __future__ import annotations

import argparse
from pathlib import Path

from core.errors import UsageError
from core.services.renders.render_requests import SynthesisRequest
from core.settings import Settings
from core.vision.source_names import absolute


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes besides network and device."""
    _add_units(parser)
    _add_recipe(parser)
    _add_objective(parser)
    add_machine(parser)
    parser.add_argument("--queue", action="store_true", help="only note the request; `exemplary work` renders what waits")


def add_machine(parser: argparse.ArgumentParser) -> None:
    """Add the choices of precision and of what renders, facts of the machine."""
    parser.add_argument(
        "--precision",
        choices=("auto", "full", "half"),
        default="auto",
        help="what the optimisation computes in: half (bfloat16) where the device is faster with it (auto), never, or always",
    )
    engine = "what renders: the cores or GPUs of this machine (local, the default) or those of a Ray cluster (`exemplary[ray]`)"
    parser.add_argument("--engine", choices=("local", "ray"), default="local", help=engine)
    address = "a running Ray cluster that this machine is a node of (default: start a Ray here for the time of the work)"
    parser.add_argument("--address", dest="ray_address", metavar="HOST:PORT", help=address)


def check_machine(settings: Settings) -> None:
    """Raise UsageError where an address is given to an engine that has none."""
    if settings.ray_address is not None and settings.engine != "ray":
        raise UsageError(f"--address {settings.ray_address} is that of a Ray cluster; add --engine ray, or leave it out.")


def request_of(parsed: argparse.Namespace) -> SynthesisRequest:
    """Return the request that the arguments make."""
    return SynthesisRequest(
        network=absolute(parsed.network),
        units=tuple(parsed.units),
        design=parsed.for_preset,
        preset=parsed.preset,
        spec=_absolute(parsed.spec),
        n_images=parsed.images,
        n_groups=parsed.groups,
        steps=parsed.steps,
        seed=parsed.seed,
        unit_seed=parsed.unit_seed,
        neuron=parsed.neuron,
        minus=parsed.minus,
        direction=_absolute(parsed.direction),
        cosine=parsed.cosine,
        post_relu=parsed.post_relu,
        diversity=parsed.diversity,
        tune_diversity=parsed.tune_diversity,
        stop_when_flat=parsed.stop_when_flat,
        parameterization=parsed.parameterization,
        coarse_to_fine=parsed.coarse_to_fine,
        image_set=parsed.image_set,
        reserve=parsed.reserve,
        network_name=parsed.network_name,
    )


def _absolute(path: str | None) -> str | None:
    """Return the path as it is found from any folder: a queued request is met in another."""
    return None if path is None else str(Path(path).expanduser().resolve())


def _add_units(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what is rendered")
    units = "mixed4b:465, mixed4b:0-7, mixed4b:*, logits:207 (a class), random:4/branch (of every branch of every layer), random:40"
    group.add_argument("--units", nargs="+", default=(), metavar="UNIT", help=units)
    group.add_argument("--for-preset", metavar="DESIGN", help="all units a design needs: borowski2021-exp1, -exp2, imi or quick")
    group.add_argument("--unit-seed", type=int, default=0, metavar="N", help="draws random units (default: 0)")
    group.add_argument("--reserve", action="store_true", help="keep these units for practice and catch trials")


def _add_recipe(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("how (default: as the preset has it)")
    group.add_argument("--preset", help="quick (default), lucid, paper (default for the paper's designs), maco or accentuate")
    group.add_argument("--spec", metavar="FILE", help="a whole render spec as JSON, in place of a preset")
    group.add_argument("--images", type=int, metavar="N", help="images per unit and extreme that are optimised together")
    group.add_argument("--groups", type=int, default=1, metavar="N", help="groups of images; more add to what is there (default: 1)")
    group.add_argument("--steps", type=int, help="optimisation steps")
    group.add_argument("--seed", type=int, default=0, help="of starts and transforms; another seed adds another set of images")
    group.add_argument("--parameterization", choices=("fourier", "pixels", "maco", "cppn"), help="what is optimised")
    group.add_argument("--coarse-to-fine", type=float, metavar="SHARE", help="share of the steps over which fine detail is let in")
    group.add_argument("--stop-when-flat", action="store_true", help="end a group early when its gradient has become flat")
    group.add_argument("--image-set", metavar="NAME", help="natural images that a recipe takes something from (default: the study's)")


def _add_objective(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what is maximised (default: the unit's activation)")
    group.add_argument("--neuron", action="store_true", help="the unit at the centre of its feature map")
    group.add_argument("--minus", metavar="UNIT", help="the unit's activation minus that of another unit")
    group.add_argument("--direction", metavar="FILE", help="a direction in the layer (.npy or JSON), filed under the unit that is named")
    group.add_argument("--cosine", action="store_true", help="with --direction: the cosine, not the product")
    group.add_argument("--post-relu", action="store_true", help="read the maps after the ReLU")
    group.add_argument("--diversity", type=float, metavar="W", help="weight of the diversity term (the paper: 100)")
    group.add_argument(
        "--tune-diversity", action="store_true", help="search the largest weight whose weakest image still beats every natural one"
    )
