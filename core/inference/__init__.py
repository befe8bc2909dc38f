"""Inference: what answers say, as frozen records with estimate, interval, n and method. Pure: no store, no network."""

from core.inference.results import Results, results
from core.inference.rules import PUBLISHED, Exclusion, ExclusionRules
from core.inference.scope import Scope, within

__all__ = ["PUBLISHED", "Exclusion", "ExclusionRules", "Results", "Scope", "results", "within"]
