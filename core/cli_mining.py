"""The arguments of `exemplary mine`, and the request that they make."""

from __future__ import annotations

import argparse

from core.services.mining.mining_plan import TOP_K, MiningRequest
from core.vision.source_names import absolute


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes besides network and device."""
    parser.add_argument("--images", required=True, metavar="NAME", help="image set to mine")
    parser.add_argument("--layers", nargs="+", metavar="LAYER", help="layers to mine (default: all)")
    parser.add_argument("--top", type=int, default=TOP_K, help=f"exemplars to keep at each extreme (default: {TOP_K})")
    reduction = "what of a feature map is the activation: its spatial mean (default), its maximum (with its position), or its centre"
    parser.add_argument("--reduction", choices=("mean", "max", "centre"), default="mean", help=reduction)
    stored = "how every activation is stored (default: float32); exemplars are ranked before rounding"
    parser.add_argument("--activations", choices=("float32", "float16"), default="float32", help=stored)
    half = "compute in bfloat16; what it does to the rankings is measured on a sample and reported"
    parser.add_argument("--half", action="store_true", help=half)
    compiled = "torch.compile for the pass: whichever is faster on a GPU (auto, the default; never on a CPU), on, or off"
    parser.add_argument("--compile", dest="compiling", choices=("auto", "on", "off"), default="auto", help=compiled)
    engine = "what measures: this machine (local, the default) or the workers of a Ray cluster (`exemplary[ray]`)"
    parser.add_argument("--engine", choices=("local", "ray"), default="local", help=engine)
    address = "a running Ray cluster that this machine is a node of (default: start a Ray here for the time of the work)"
    parser.add_argument("--address", dest="ray_address", metavar="HOST:PORT", help=address)


def request_of(parsed: argparse.Namespace) -> MiningRequest:
    """Return the request that the arguments make."""
    return MiningRequest(
        network=absolute(parsed.network),
        image_set=parsed.images,
        layers=None if parsed.layers is None else tuple(parsed.layers),
        top_k=parsed.top,
        network_name=parsed.network_name,
        reduction=parsed.reduction,
        activation_type=parsed.activations,
        half=parsed.half,
        compiling=parsed.compiling,
    )
