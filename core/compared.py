"""Units that are looked at side by side, as an address writes them: layer:channel[@study][~set of synthetic images], with commas."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

MOST: Final = 4


@dataclass(frozen=True, slots=True)
class Compared:
    """One column: a unit as it was written, of a study (None: the one that is looked at), with a set of synthetic images (None: its
    fullest)."""

    unit: str
    study: str | None = None
    render_set: str | None = None

    def __str__(self) -> str:
        study = "" if self.study is None else f"@{self.study}"
        return f"{self.unit}{study}" + ("" if self.render_set is None else f"~{self.render_set}")


def parse_compared(text: str) -> tuple[Compared, ...]:
    """Return what an address asks for: at most four, each once, in order; parts without a unit are left out."""
    found = dict.fromkeys(_parsed(part.strip()) for part in text.split(","))
    return tuple(one for one in found if one.unit)[:MOST]


def written(compared: Iterable[Compared]) -> str:
    """Return how an address writes them: what `parse_compared` reads."""
    return ",".join(str(one) for one in compared)


def added(compared: tuple[Compared, ...], one: Compared) -> tuple[Compared, ...]:
    """Return the columns with one more at the end; the first makes room where there are four, and none comes twice."""
    rest = tuple(other for other in compared if other != one)
    return (*rest[-(MOST - 1) :], one)


def _parsed(text: str) -> Compared:
    text, _, render_set = text.partition("~")
    unit, _, study = text.partition("@")
    return Compared(unit, study or None, render_set or None)
