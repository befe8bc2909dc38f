"""Printing how far observers agree with people."""

from __future__ import annotations

from collections.abc import Iterable

from core.services.observers.agreement_words import agreement_lines, calibration_line
from core.services.observers.observer_results import ObserverResults


def show_agreement(observers: Iterable[ObserverResults]) -> None:
    """Print each observer's calibration and, where people have answered, its agreement with them."""
    for one in observers:
        print(f"\n{one.card.name} and people")
        print(f"  {calibration_line(one.card, one.agreement)}")
        for line in agreement_lines(one.agreement) if one.agreement is not None else ():
            print(f"  {line}")
