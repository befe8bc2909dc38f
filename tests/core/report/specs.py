"""A design spec for tests of reports."""

from __future__ import annotations

from core.design_spec import DesignSpec, RenderChoice, Section, UnitList


def spec() -> DesignSpec:
    """Return a design of one section in two conditions."""
    section = Section(("natural", "synthetic"), "Min-Max-9", (5, 6), n_practice=2, n_catch=1)
    units = (UnitList("chosen", "main", ("mixed3a:1", "mixed4b:2")),)
    renders = (RenderChoice("synthetic", 9, "abc"),)
    return DesignSpec("own", "tiny/shapes", 42, (section,), units, n_sets=12, n_references=9, renders=renders)
