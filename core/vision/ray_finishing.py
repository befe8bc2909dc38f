"""What Ray Data's tasks do for mining: make of a portion's activations what is asked for. They run in processes somewhere in the cluster.

Without torch, which takes a process seconds to load.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

Columns = dict[str, npt.NDArray[Any]]
"""Rows of a data set, as Ray Data gives and takes them: by column, an array whose first dimension is the rows."""


def finished(rows: Columns, finishes: Mapping[range, bytes]) -> Columns:
    """Make the result of a portion whose images' activations are the rows: {result: it, pickled}, one row.

    finishes: by portion, what makes its result, pickled. Raises what that raises.
    """
    images = range(int(rows["image"][0]), int(rows["image"][-1]) + 1)
    if images not in finishes or not np.array_equal(rows["image"], images):
        raise RuntimeError(f"Ray Data put rows together that are no portion: {len(rows['image'])} from image {images.start} on.")
    result = pickle.loads(finishes[images])(rows["activations"])
    return {"result": np.array([pickle.dumps(result)], dtype=object)}
