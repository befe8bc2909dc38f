"""How fast Exemplary mines, as ratios measured in one run.

.venv/bin/python benchmarks/mining/compare.py overhead     images in memory, against the best bare forward pass; on a GPU also compiled
.venv/bin/python benchmarks/mining/compare.py end_to_end   from files, against 1 / (forward + decode / cores)
.venv/bin/python benchmarks/mining/compare.py script       against the obvious script: hooks, everything kept, topk, CSV
.venv/bin/python benchmarks/mining/compare.py memory       peaks of 2,000 and 20,000 images; of keeping 50,000 images' activations
.venv/bin/python benchmarks/mining/compare.py agree        exemplars of 50 random units against a slow, obvious computation
.venv/bin/python benchmarks/mining/compare.py crp          against zennit-crp's pass over the same layers
.venv/bin/python benchmarks/mining/compare.py all          all six
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

COMMANDS = ("overhead", "end_to_end", "script", "memory", "agree", "crp")


def main() -> None:
    """Run what was asked for."""
    arguments = _parser().parse_args()
    import torch
    from subject import CORES, subject

    from core.errors import ExemplaryError

    found: dict[str, Any] = {"cores": CORES, "torch": torch.__version__, "cpu": torch.backends.cpu.get_cpu_capability()}
    print(", ".join(f"{name} {value}" for name, value in found.items()), f"load {os.getloadavg()[0]:.2f}")
    try:
        with subject(arguments.network, arguments.photos) as one:
            for command in COMMANDS if arguments.command == "all" else [arguments.command]:
                found[command] = _run(command, one, arguments)
                if arguments.json:
                    arguments.json.write_text(json.dumps(found, indent=1) + "\n")
    except ExemplaryError as absent:
        print(f"Skipped: {absent}")


def _run(command: str, one: Any, arguments: argparse.Namespace) -> Any:
    import memory
    import script
    import speed
    import zennit_crp
    from subject import CORES

    if command == "memory":
        return memory.run([layer.n_channels for layer in one.network.card.layers], arguments, cores=CORES)
    parts = {"overhead": speed.overhead, "end_to_end": speed.end_to_end, "script": script.run, "agree": script.agree, "crp": zennit_crp.run}
    return parts[command](one, arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=[*COMMANDS, "all"])
    parser.add_argument("--network", help="a source (default: the GoogLeNet of ../shared/real)")
    parser.add_argument("--photos", type=Path, help="a folder of images (default: those of ../shared/real)")
    parser.add_argument("--images", type=int, default=4096, help="of a round, at most (default 4096)")
    parser.add_argument("--rounds", type=int, default=3, help="each measures both sides (default 3)")
    parser.add_argument("--kept", type=int, default=50_000, help="memory: images whose activations are kept (default 50,000)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, help="file for the numbers")
    return parser


if __name__ == "__main__":
    main()
