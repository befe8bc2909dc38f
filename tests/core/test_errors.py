"""Errors travel between processes: what a worker raises is what its asker gets."""

from __future__ import annotations

import pickle

from core.errors import UnknownName


def test_an_unknown_name_survives_pickling() -> None:
    """With its kind and its sentence, though it is not made from a sentence."""
    for known in (["mixed4a", "mixed4b"], []):
        error = UnknownName("layer", "mixed4", known)
        again = pickle.loads(pickle.dumps(error))
        assert type(again) is UnknownName and str(again) == str(error)
    assert "did you mean" in str(UnknownName("layer", "mixed4", ["mixed4a"]))
