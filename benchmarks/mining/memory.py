"""Peak memory: of mining 2,000 and 20,000 images, and of keeping 50,000 images' activations as mining and as the obvious script do."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

HIGH = """
def high():
    # VmHWM, not ru_maxrss: that one is inherited from the process that starts this one
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1]) / 1024
"""
PEAK = "print('peak', high())\n"
MINE = """
import sys
from pathlib import Path
from core.services.images.indexing import index_folder
from core.services.mining.mining import mine
from core.services.mining.mining_plan import MiningRequest
from core.settings import Settings
settings = Settings(Path(sys.argv[1]) / "workspace", device="cpu", threads=int(sys.argv[3]))
if sys.argv[2] == "index":
    index_folder(settings, Path(sys.argv[1]) / "images", name="images")
else:
    mine(settings, MiningRequest("demo", "images"))
"""
OURS = """
import sys
from pathlib import Path
import numpy as np
from core import histogram
from core.ranking import merged, summarise
from core.store import activations
from core.store.activations import SHARD_IMAGES, Scratch
layers = [int(width) for width in sys.argv[2].split(",")]
summarise(np.zeros((8, 8), dtype=np.float32), top_k=2)
activations.write_shard(Path(sys.argv[3]) / "first.parquet", np.zeros((8, 8), dtype=np.float32), first_image=0)  # libraries load
began = high()
rng, folder, found = np.random.default_rng(0), Path(sys.argv[3]), {}
for first in range(0, int(sys.argv[1]), SHARD_IMAGES):
    n = min(SHARD_IMAGES, int(sys.argv[1]) - first)
    scratch = Scratch(folder / "scratch", sum(layers))
    for start in range(0, n, 8):
        scratch.append(rng.standard_normal((min(8, n - start), sum(layers)), dtype=np.float32))
    column = 0
    for number, width in enumerate(layers):
        rows = scratch.columns(column, column + width)
        column += width
        part = summarise(rows, top_k=200, first_image=first)
        found[number] = merged(found[number], part) if number in found else part
        activations.write_shard(folder / f"{number}-{first}.parquet", rows, first_image=first)
    scratch.delete()
print("more", high() - began)
"""
SCRIPT = """
import sys
import numpy as np
import torch
layers = [int(width) for width in sys.argv[2].split(",")]
torch.randn(64, 300).topk(200, dim=1)
began = high()
rng, seen = np.random.default_rng(0), [[] for _ in layers]
for start in range(0, int(sys.argv[1]), 32):
    n = min(32, int(sys.argv[1]) - start)
    for number, width in enumerate(layers):
        seen[number].append(torch.from_numpy(rng.standard_normal((n, width), dtype=np.float32)))
for number in range(len(layers)):
    activations = torch.cat(seen[number])
    activations.topk(200, dim=0)
    (-activations).topk(200, dim=0)
print("more", high() - began)
"""


def run(widths: list[int], arguments: argparse.Namespace, *, cores: int) -> dict[str, Any]:
    """Return megabytes, and print the two ratios."""
    peaks = {n: _mining_mb(n, cores) for n in (2_000, 20_000)}
    told = ", ".join(f"{n:,} images peaks at {mb:.0f} MB" for n, mb in peaks.items())
    print(f"memory: mining {told}: ratio {peaks[20_000] / peaks[2_000]:.3f}")
    layers = ",".join(map(str, widths))
    with tempfile.TemporaryDirectory() as folder:
        more = {name: _number(code, "more", arguments.kept, layers, folder) for name, code in (("ours", OURS), ("script", SCRIPT))}
    print(
        f"memory: {arguments.kept:,} images' activations of {sum(widths):,} units take {more['ours']:.0f} MB more while they are kept, "
        f"with the script {more['script']:.0f} MB: 1/{more['script'] / more['ours']:.1f}"
    )
    return {"peak_mb": peaks, "more_mb": more}


def _mining_mb(n_images: int, cores: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        _draw(Path(folder) / "images", n_images)
        _number(MINE + PEAK, "peak", folder, "index", cores)
        return _number(MINE + PEAK, "peak", folder, "mine", cores)


def _draw(folder: Path, n_images: int) -> None:
    rng = np.random.default_rng(0)
    for number in range(n_images):
        path = folder / f"{number // 1000:02d}" / f"{number:05d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (24, 24, 3), dtype=np.uint8)).resize((160, 160)).save(path, compress_level=1)


def _number(code: str, name: str, *arguments: object) -> float:
    done = subprocess.run([sys.executable, "-c", HIGH + code, *map(str, arguments)], capture_output=True, text=True, check=True)
    return float(next(line for line in done.stdout.splitlines() if line.startswith(name)).split()[1])
