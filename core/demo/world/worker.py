"""A process that draws images of a world: `python -m core.demo.world.worker FOLDER SEED`, the indices on standard input.

It prints the index of each image once its file is complete, and stops when nobody reads that any more.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from core.demo.world.folder import write_image

_KEPT_BYTES = 28 * 2**20


def main() -> None:
    """Draw the images that standard input names."""
    folder, seed = Path(sys.argv[1]), int(sys.argv[2])
    _keep_memory()
    try:
        for word in sys.stdin.read().split():
            write_image(folder, seed, int(word))
            print(word, flush=True)
    except BrokenPipeError:
        sys.exit(1)


def _keep_memory() -> None:
    """Allocate and free a large block: glibc then keeps freed pages, which makes the array arithmetic of a picture twice as fast."""
    np.empty(_KEPT_BYTES, dtype=np.uint8)


if __name__ == "__main__":
    main()
