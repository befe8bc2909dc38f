"""What a report is made of: records that were computed before, and facts of the study that they are about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core.design_spec import DesignSpec
from core.domain import Study
from core.inference import Results
from core.render_spec import RenderSpec


@dataclass(frozen=True, slots=True)
class ObserverPart:
    """A machine observer: what it is and its numbers. `facts`: how it was asked (embedder, digest, seed ...). `agreement`: with people."""

    name: str
    description: str
    kind: str
    is_biased: bool
    is_calibrated: bool
    facts: Mapping[str, str | float | int | None]
    results: Results
    agreement: Any | None = None


@dataclass(frozen=True, slots=True)
class Material:
    """`source`: whose answers these are, in a sentence. `results`: people's, or those of an answer set; None where there are none.

    `study`: None where the answers are of a study that this workspace does not have. `designs`: the specs that answers came from, as far as
    they are known. `recipes`: the specs of images that were made for units, by digest. `published`: the authors' results, for reference.
    `models`: a record of fitted models. `seeds`, `versions`: by what they are of.
    """

    title: str
    source: str
    made_at: datetime
    results: Results | None = None
    study: Study | None = None
    reference_share: float | None = None
    designs: tuple[DesignSpec, ...] = ()
    recipes: Mapping[str, RenderSpec] = field(default_factory=dict)
    observers: tuple[ObserverPart, ...] = ()
    published: Results | None = None
    models: Any | None = None
    sources: Mapping[str, str] = field(default_factory=dict)  # files that answers were read from, with the SHA-256 of their bytes
    seeds: Mapping[str, int] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
