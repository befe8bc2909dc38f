"""Every sentence of the wall of units: its filters, its map, its empty and failing states."""

from __future__ import annotations

from typing import Final, Literal

Guise = Literal["both", "natural", "synthetic", "min"]

GUISE: Final = "Images shown"
BOTH: Final = "Both"
GUISES: Final[dict[str, Guise]] = {BOTH: "both", "Natural": "natural", "Synthetic": "synthetic", "Min": "min"}
LOWEST_FIRST: Final = "Lowest first"
GROUPED: Final = "By layer and branch"
SEARCH_HINT: Final = "mixed4b:465, class, tag, note"
WITH_COUNT: Final = "{label} ({n:,})"
LIFE: Final = "Units"
STATUS: Final = "Review"
TAGS: Final = "Tags"
RANGES: Final = "Ranges"
ADD_RANGE: Final = "Add a range …"
FROM: Final = "from"
TO: Final = "to"
REMOVE: Final = "Remove this range"
MAP_TITLE: Final = "Map of the network"
COLOUR: Final = "Colour of the map"
MAP_PLACE: Final = "{layer}, branch {branch}: {n:,} of {of:,} units"
MAP_WHOLE: Final = "{layer}: {n:,} of {of:,} units"
MAP_MEAN: Final = "{place}, {measure}: mean {value}"
GROUP: Final = "{layer} · {branch}"
GROUP_WHOLE: Final = "{layer}"
VALUE: Final = "{words} {value}"
CLASSES: Final = "{label} {n} of {of}"
N_UNITS: Final = "**{found}** of {of:,}"
TILE_SUBTITLE_MIN: Final = "{branch} · min {low:.3g}"
