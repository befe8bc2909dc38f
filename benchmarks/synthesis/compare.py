"""How fast Exemplary synthesises against lucent 0.1.8's `render_vis`, on one network and CPU, as ratios measured in one run.

    .venv/bin/python benchmarks/synthesis/compare.py steps       time of an image in a step
    .venv/bin/python benchmarks/synthesis/compare.py quality     time until the clean images activate the unit as much as lucent's
    .venv/bin/python benchmarks/synthesis/compare.py hundredth   hooks and step times after many renders on one network
    .venv/bin/python benchmarks/synthesis/compare.py all         all three

`make benchmark-synthesis` installs what lucent needs besides (see lucent_reference.py), then runs `all`.
"""

from __future__ import annotations

import argparse
import json
import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

COMMANDS = ("steps", "quality", "hundredth")
os.environ["CUDA_VISIBLE_DEVICES"] = ""  # lucent would take a GPU without being asked; this compares on the CPU


def main() -> None:
    """Run what was asked for."""
    arguments = _parser().parse_args()
    import lucent_reference  # noqa: F401  it makes the folder of the benchmark's own packages known

    if find_spec("kornia") is None or find_spec("IPython") is None:
        print("Skipped: lucent's kornia and IPython are not installed; run `make benchmark-synthesis` once.")
        return
    from subject import load_subject, machine

    from core.errors import ExemplaryError

    try:
        subject = load_subject(arguments.network, arguments.layers)
    except ExemplaryError as absent:
        print(f"Skipped: {absent}")
        return
    found: dict[str, Any] = {"machine": machine(subject)}
    print(", ".join(f"{name} {value}" for name, value in found["machine"].items()))
    print(f"threads: lucent {found['machine']['cores']}, ours {found['machine']['cores']} workers of 1")
    for command in COMMANDS if arguments.command == "all" else [arguments.command]:
        found[command] = _run(command, subject, arguments)
        if arguments.json:
            arguments.json.write_text(json.dumps(found, indent=1) + "\n")


def _run(command: str, subject: Any, arguments: argparse.Namespace) -> dict[str, Any]:
    import hundredth
    import quality
    import steps

    run = {"steps": steps.run, "quality": quality.run, "hundredth": hundredth.run}[command]
    asked = argparse.Namespace(**vars(arguments))
    asked.steps = arguments.steps or {"steps": 8, "quality": 512, "hundredth": 4}[command]
    return run(subject, asked)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=[*COMMANDS, "all"])
    parser.add_argument(
        "--network", help="file.py:function, or a name of torchvision's (default: the GoogLeNet of ../shared/real, else googlenet)"
    )
    parser.add_argument("--layers", nargs="+", help="default: 3a, 4c and 5b")
    parser.add_argument("--steps", type=int, help="steps: timed in each round (8); quality: lucent's (512); hundredth: of each render (4)")
    parser.add_argument("--rounds", type=int, default=5, help="steps: of lucent, ours, lucent, ours ... (default 5)")
    parser.add_argument("--pairs", type=int, default=6, help="quality: (unit, extreme) pairs, spread over the layers (default 6)")
    parser.add_argument("--images", type=int, default=9, help="quality: images of a pair, optimised together (default 9)")
    parser.add_argument("--every", type=int, default=4, help="quality: ours is measured after so many steps (default 4)")
    parser.add_argument("--most", type=int, default=512, help="quality: steps after which ours gives up (default 512)")
    parser.add_argument("--precision", choices=["auto", "full", "half"], default="auto", help="quality: ours")
    parser.add_argument("--frozen", action="store_true", help="quality: lucent's weights get no gradients")
    parser.add_argument("--renders", type=int, default=100, help="hundredth: on one network (default 100)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, help="file for the numbers")
    return parser


if __name__ == "__main__":
    main()
