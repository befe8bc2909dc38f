"""The columns and codes of the answers that Borowski et al. (2021) released (METHOD section 10), and units without channel numbers.

Their files name a unit by layer, branch and an index, not by its channel. Here such a unit is `Unit(layer, code)` with layers 3a to 5b and

    code = 100 x block + 10 x branch + index

block: 0 in experiment I, 1 to 7 for blocks a to g of experiment II; branch: 0 to 3 for 1x1, 3x3, 5x5, pool; index: 1 for a hand-picked
unit, else 0. So 4b:31 is the hand-picked unit of 4b, 3a:110 the 3x3 unit of 3a in block a. The reserved units of experiment I, which have
letters only, are reserved:8 (i) to reserved:22 (w): the letter's place in the alphabet, from 0.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from core.design_spec import Condition, Scheme
from core.domain import Unit
from core.exchange.columns import SESSIONS
from core.experiment import Expertise, Side

Experiment = Literal["experiment-1", "experiment-2"]

STUDIES: Final[Mapping[Experiment, str]] = {"experiment-1": "borowski2021/experiment-1", "experiment-2": "borowski2021/experiment-2"}
LAYERS: Final = ("3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b")
BRANCHES: Final = ("1x1", "3x3", "5x5", "pool")
RESERVED: Final = "reserved"
HAND_PICKED: Final = "hand-picked"
RANDOM: Final = "random"
BLOCKS: Final = "abcdefg"
LETTERS: Final = string.ascii_lowercase

CONDITION_OF: Final[Mapping[str, Condition]] = {
    "natural": "natural",
    "optimized": "synthetic",
    "none_pre": "none",
    "none_post": "none",
}
EXPERTISE_OF: Final[Mapping[str, Expertise]] = {"expert": "expert", "naive": "lay"}
CHOICE_OF: Final[Mapping[str, Side]] = {"a": "top", "b": "bottom"}  # query_image_a is the upper one; its confidence ratings are negative
GRID_OF: Final[Mapping[Scheme, tuple[str, str]]] = {  # instruction_grid_mode, n_instruction_patches
    "Max-1": ("max_max", "1"),
    "Max-9": ("max_max", "9"),
    "Min-Max-1": ("min_max", "1"),
    "Min-Max-9": ("min_max", "9"),
}
RATED_UNITS: Final[Mapping[str, Unit]] = {"a": Unit("3a", 43), "b": Unit("4b", 504), "c": Unit("5b", 17)}  # METHOD section 1

NEEDED: Final = (
    "subject_id", "trial_nr", "block_nr", "instr_type", "trial_type", "catch_trial", "layer", "kernel_size", "channel", "correct",
    "abs_conf_rating", "RT",
)  # fmt: skip
USED: Final = (*NEEDED, "batch", "batch_block", "condition_name", "expert_level", "old_trial_nr", "response", "correct_response", "timeout")
RATING_NEEDED: Final = ("subject_id", "trial_name", "rating", "rt")
RATING_USED: Final = (*RATING_NEEDED, "trial_nr")

# The authors' columns, in their order (experiment II), and ours behind them: what their codes cannot say.
TRIAL_COLUMNS: Final = (
    "", "subject_id_within_expert_type", "trial_nr", "block_nr", "batch_block", "instr_type", "trial_type", "instruction_grid_mode",
    "n_instruction_patches", "catch_trial", "batch", "layer", "kernel_size", "channel", "query_order", "correct", "conf_rating", "RT",
    "timeout", "response", "correct_response", "query_image_a", "query_image_b", "old_trial_nr", "old_block_nr", "seed", "unit_name",
    "condition_name", "abs_conf_rating", "subject_id", "expert_level",
)  # fmt: skip
RATING_COLUMNS: Final = ("", "subject_id_within_expert_type", "trial_name", "trial_nr", "rating", "rt", "trial_name_number", "subject_id")
OWN: Final = "exemplary_"
OWN_TRIAL_COLUMNS: Final = tuple(
    OWN + name
    for name in ("study", "source", "session", "condition", "layer", "channel", "branch", "unit_list", "answered_at", "proportion_correct")
)
OWN_RATING_COLUMNS: Final = tuple(OWN + name for name in ("session", "layer", "channel", "moment", "expertise"))
OWN_SESSION_COLUMNS: Final = tuple(OWN + column.name for column in SESSIONS)


@dataclass(frozen=True, slots=True)
class PublishedUnit:
    """A unit as the authors' files name it: layer_0, kernel_size 3, channel_1, block (None in experiment I); or one letter for all."""

    layer: str
    kernel_size: str
    channel: str
    block: str | None = None


def unit_of(named: PublishedUnit) -> Unit | None:
    """Return the coded unit; None where the names are not such as the authors have."""
    layer, index = named.layer.removeprefix("layer_"), named.channel.removeprefix("channel_")
    if layer in tuple(LETTERS) and (named.kernel_size, index) == (layer, layer):
        return Unit(RESERVED, LETTERS.index(layer))
    is_known = layer in tuple("012345678") and named.kernel_size in tuple("0123") and index in ("0", "1")
    if not is_known or named.block not in (None, *BLOCKS):
        return None
    block = BLOCKS.index(named.block) + 1 if named.block else 0
    return Unit(LAYERS[int(layer)], 100 * block + 10 * int(named.kernel_size) + int(index))


def name_of(unit: Unit) -> PublishedUnit:
    """Return what the authors call a coded unit."""
    if unit.layer == RESERVED:
        letter = LETTERS[unit.channel]
        return PublishedUnit(f"layer_{letter}", letter, f"channel_{letter}")
    block, branch, index = unit.channel // 100, unit.channel // 10 % 10, unit.channel % 10
    return PublishedUnit(f"layer_{LAYERS.index(unit.layer)}", str(branch), f"channel_{index}", BLOCKS[block - 1] if block else None)


def branch_of(unit: Unit) -> str | None:
    """Return the branch of a coded unit; None for the reserved units of experiment I."""
    return None if unit.layer == RESERVED else BRANCHES[unit.channel // 10 % 10]


def unit_list_of(unit: Unit) -> str:
    """Return the list that a coded unit is from: its block's letter, hand-picked or random; reserved for those with letters only."""
    if unit.layer == RESERVED:
        return RESERVED
    if unit.channel >= 100:
        return BLOCKS[unit.channel // 100 - 1]
    return HAND_PICKED if unit.channel % 10 else RANDOM
