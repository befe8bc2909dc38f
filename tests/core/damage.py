"""Bytes damaged as disks, networks and malice damage them, and what reading them costs, watched in a process of its own."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from core.errors import ImageError
from tests.processes import output_of, python

RUNS = (b"\xff", b"\0", b"\x80", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", b"\x80\0\0\0", bytes(4), b"\xff" * 8)
SLOW_S = 10.0  # for one damaged file of some kilobytes, on a machine that does much else


@dataclass
class Watched:
    """What became of damaged bytes: how many were read and refused, what else was raised, seconds of the slowest, growth of the peak."""

    n_read: int = 0
    n_refused: int = 0
    others: list[str] = field(default_factory=list)
    slowest_s: float = 0.0
    grown_mb: float = 0.0

    def check(self, name: str, *, most_mb: float) -> None:
        """Fail where anything but ImageError came out, or reading took long or much memory."""
        assert not self.others, (name, self.others)
        assert self.slowest_s < SLOW_S, (name, self.slowest_s)
        assert self.grown_mb < most_mb, (name, self.grown_mb)


def mutated(content: bytes, rng: random.Random) -> bytes:
    """Return the content with a few changes: mostly near its beginning or end, where headers and directories are."""
    changed = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 4, 8))):
        place = _place(len(changed) + 1, rng)
        kind = rng.random()
        if kind < 0.4:
            changed[place : place + 1] = bytes([rng.randrange(256)])
        elif kind < 0.8:
            run = rng.choice(RUNS)
            changed[place : place + len(run)] = run
        elif kind < 0.87:
            del changed[place : place + rng.randint(1, 16)]
        elif kind < 0.94:
            changed[place:place] = changed[place : place + rng.randint(1, 64)]
        else:
            del changed[max(place, 1) :]
    return bytes(changed)


def _place(length: int, rng: random.Random) -> int:
    span = min(length, rng.choice((32, 128, 512, length)))
    return rng.randrange(span) if rng.random() < 0.6 else length - 1 - rng.randrange(span)


def in_own_process(setup: str, *files: Path, n: int) -> dict[str, Watched]:
    """Return by name what became of each file's content, damaged n times (0: as it is); `setup` is Python for a read(bytes, path)."""
    code = f"import sys\n{setup}\nfrom tests.core.damage import report\nreport(read, sys.argv[2:], n=int(sys.argv[1]))"
    process = python(code, n, *files)
    output = output_of(process)
    return {name: Watched(**found) for name, found in json.loads(output).items()}


def report(read: Callable[[bytes, Path], object], paths: list[str], *, n: int) -> None:
    """Print what became of each file as JSON; nothing else may be printed."""
    for path in map(Path, paths if n else ()):
        read(path.read_bytes(), path)  # as it is it can be read
    print(json.dumps({path.name: asdict(_watched(read, path, n)) for path in map(Path, paths)}))


def _watched(read: Callable[[bytes, Path], object], path: Path, n: int) -> Watched:
    content, rng, found, before_mb = path.read_bytes(), random.Random(path.name), Watched(), _peak_mb()
    for number, damaged in enumerate((mutated(content, rng) for _ in range(n)) if n else [content]):
        began = time.perf_counter()
        try:
            read(damaged, path)
            found.n_read += 1
        except ImageError as error:
            found.n_refused += 1
            if not str(error):
                found.others.append(f"{number}: without a reason")
        except Exception as error:
            found.others.append(f"{number}: {type(error).__name__}: {error}")
        found.slowest_s = max(found.slowest_s, time.perf_counter() - began)
    found.grown_mb = _peak_mb() - before_mb
    return found


def _peak_mb() -> float:
    """Return the most memory that this process ever had, 0 where the system does not tell (it is no Linux)."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)
