"""Is the experiment's clock right, does it lose nothing, does a whole session come out as it went in?

.venv/bin/python benchmarks/experiment/compare.py reaction_time   200 key presses after known delays, in headless Chromium
.venv/bin/python benchmarks/experiment/compare.py load            30 clients x 40 trials while mining writes; the server is killed 3 times
.venv/bin/python benchmarks/experiment/compare.py session         a simulated participant takes borowski2021-exp2 by keyboard
.venv/bin/python benchmarks/experiment/compare.py all             all three
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
from pathlib import Path
from typing import Any

COMMANDS = ("reaction_time", "load", "session")


def main() -> None:
    """Run what was asked for."""
    arguments = _parser().parse_args()
    print(f"cores {os.cpu_count()}, load {os.getloadavg()[0]:.2f}")
    found: dict[str, Any] = {}
    for command in COMMANDS if arguments.command == "all" else [arguments.command]:
        found[command] = importlib.import_module(command).run(arguments)
        if arguments.json:
            arguments.json.write_text(json.dumps(found, indent=1) + "\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=[*COMMANDS, "all"])
    parser.add_argument("--workspace", type=Path, default=Path("workspace"), help="with a study in it; it is copied (default: ./workspace)")
    parser.add_argument("--presses", type=int, default=200, help="reaction_time: key presses (default 200)")
    parser.add_argument("--clients", type=int, default=30, help="load: clients at once (default 30)")
    parser.add_argument("--trials", type=int, default=40, help="load: trials of each (default 40)")
    parser.add_argument("--think-s", type=float, default=1.0, help="load: seconds between trial and answer, on average (default 1)")
    parser.add_argument("--limit-s", type=float, default=600.0, help="load: give up after so many seconds (default 600)")
    parser.add_argument("--number", type=int, default=1, help="session: the participant's number (default 1)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, help="file for the numbers")
    return parser


if __name__ == "__main__":
    main()
