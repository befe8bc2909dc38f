"""What mining stored comes back exactly, so that more images can be added to it."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from core.errors import StoreError
from core.ranking import merged_all, summarise
from core.store import mined_read
from core.store.publication import CatalogueReader
from tests.studies import LAYERS, SHARD_IMAGES, Workplace, activation_matrix


def test_a_summary_comes_back_bit_for_bit(built_study: Workplace) -> None:
    """Exemplars, moments of every shard, range and histogram are those that were published."""
    cursor, key = CatalogueReader(built_study.workspace).cursor(), built_study.study.key
    for layer in LAYERS:
        matrix = activation_matrix(layer, 120)
        top_k = built_study.study.mining.top_k
        parts = [summarise(matrix[first : first + SHARD_IMAGES], top_k=top_k, first_image=first) for first in range(0, 120, SHARD_IMAGES)]
        wanted, found = merged_all(parts), mined_read.summary(cursor, key, layer.name)
        for name in ("top_keys", "bottom_keys", "low", "high"):
            np.testing.assert_array_equal(getattr(found, name), getattr(wanted, name))
        for one, other in zip(found.bins, wanted.bins, strict=True):
            np.testing.assert_array_equal(one, other)
        for one_shard, other_shard in zip(found.moments, wanted.moments, strict=True):
            for field in fields(one_shard):
                np.testing.assert_array_equal(getattr(one_shard, field.name), getattr(other_shard, field.name))


def test_files_that_are_gone_are_named(study_workspace: Workplace) -> None:
    """A layer whose file was removed, or that was never mined, gives one sentence."""
    cursor, key = CatalogueReader(study_workspace.workspace).cursor(), study_workspace.study.key
    layer = LAYERS[0].name
    mined_read.activation_files(cursor, study_workspace.workspace, key, layer)[1].unlink()
    with pytest.raises(StoreError, match=f"mine --layers {layer}"):
        mined_read.activation_files(cursor, study_workspace.workspace, key, layer)
    with pytest.raises(StoreError, match="mine it again"):
        mined_read.activation_files(cursor, study_workspace.workspace, key, "nowhere")
