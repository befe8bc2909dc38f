"""Which units a design shows: a function of a network's layers, a seed and which units are live.

Taken from METHOD: experiment I has 36 random, 9 hand-picked (last branch of each layer) and 3 intuitiveness units (sections 1, 7);
experiment II has blocks a to d of 20 (5 layers x 4 branches), e for catch trials, f and g for synthetic and natural practice (sections
1, 6); 9 references come from a render of 10 images, one reference from a render of its own (section 3).
Taken from the published answers: e, f and g are blocks of 20 like the others; experiment I has 15 reserved units, of whose thirds each
serves the practice of one condition, dealt anew for each participant; its catch trials are on all 15.
Ours: which units are random (the paper's are not known by number), where the 15 are, all of `quick` and `imi`, and networks other than the
paper's.
These give as many layers as the experiment has, evenly spread (5 of 9 are then the paper's own 3a 4a 4c 4e 5b), or all where there are
fewer, and the same number of units, spread over these layers and their branches. `DesignUnits.deviations` says where that differs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from core.design_spec import CONDITIONS, Condition, UnitRole
from core.domain import EXTREMES, NetworkCard, Unit
from core.errors import UnknownName, UsageError
from core.psychophysics.unit_draw import Deck, deal, evenly, random_units, spread_units

__all__ = [
    "DESIGN_UNITS",
    "DesignUnits",
    "GroupPlan",
    "ImageGroup",
    "UnitGroup",
    "design_units",
    "random_units",
    "spread_units",
]

PAPER_NETWORK = "inception_v1"  # the source of the network whose units METHOD section 1 lists
N_BRANCHES = 4  # of each of its layers


@dataclass(frozen=True, slots=True)
class ImageGroup:
    """Synthetic images of a unit and extreme that are optimised together; the first `n_references` of them are shown."""

    n_images: int
    n_references: int


NINE = ImageGroup(n_images=10, n_references=9)  # METHOD section 3
ONE = ImageGroup(n_images=1, n_references=1)
QUICK_NINE = ImageGroup(n_images=9, n_references=9)


@dataclass(frozen=True, slots=True)
class GroupPlan:
    """Units that a design uses alike. `images`: what is rendered of each; `conditions`: where its trials are."""

    name: str
    roles: tuple[UnitRole, ...]
    n_units: int
    images: tuple[ImageGroup, ...]
    conditions: tuple[Condition, ...] = CONDITIONS
    n_layers: int | None = None  # evenly spread over the network's; None: all
    last_branch: bool = False  # only units of each layer's last branch
    paper_units: tuple[Unit, ...] = ()  # used on the paper's network


@dataclass(frozen=True, slots=True)
class UnitGroup:
    """The units that fill a group of the plan."""

    plan: GroupPlan
    units: tuple[Unit, ...]


@dataclass(frozen=True, slots=True)
class DesignUnits:
    """All units of a design, each in one group. `deviations`: one sentence for each way in which they are not the paper's."""

    preset: str
    network: str
    seed: int
    groups: tuple[UnitGroup, ...]
    deviations: tuple[str, ...]

    @property
    def main(self) -> tuple[Unit, ...]:
        return self.of("main")

    @property
    def reserved(self) -> tuple[Unit, ...]:
        """Return the units that must not be in main trials: practice, catch, intuitiveness."""
        return tuple(chain.from_iterable(group.units for group in self.groups if "main" not in group.plan.roles))

    @property
    def image_groups(self) -> tuple[ImageGroup, ...]:
        """Return the sizes of render that the design shows, each once, the largest first."""
        sizes = {images for group in self.groups for images in group.plan.images}
        return tuple(sorted(sizes, key=lambda images: -images.n_images))

    @property
    def n_images(self) -> int:
        """Return the number of synthetic images that the design needs in all."""
        return sum(len(self.to_render(images)) * len(EXTREMES) * images.n_images for images in self.image_groups)

    def of(self, role: UnitRole) -> tuple[Unit, ...]:
        """Return the units of a role, in the order of the groups."""
        return tuple(chain.from_iterable(group.units for group in self.groups if role in group.plan.roles))

    def group(self, name: str) -> UnitGroup:
        """Return the group of this name. Raises UnknownName."""
        found = next((group for group in self.groups if group.plan.name == name), None)
        if found is None:
            raise UnknownName(f"group of units in {self.preset}", name, [group.plan.name for group in self.groups])
        return found

    def to_render(self, images: ImageGroup) -> tuple[Unit, ...]:
        """Return the units that need a render of this size."""
        return tuple(chain.from_iterable(group.units for group in self.groups if images in group.plan.images))


_HAND_PICKED = {  # METHOD section 1
    "mixed3a": 230, "mixed3b": 462, "mixed4a": 501, "mixed4b": 465, "mixed4c": 449, "mixed4d": 516, "mixed4e": 809, "mixed5a": 720,
    "mixed5b": 946,
}  # fmt: skip
HAND_PICKED = tuple(Unit(*picked) for picked in _HAND_PICKED.items())
_INTUITIVENESS = GroupPlan(
    "intuitiveness", ("intuitiveness",), 3, (NINE,), ("natural", "synthetic"), n_layers=3,
    paper_units=(Unit("mixed3a", 43), Unit("mixed4b", 504), Unit("mixed5b", 17)),
)  # fmt: skip


def _block(name: str, role: UnitRole, *conditions: Condition) -> GroupPlan:
    """Return a block of experiment II: every scheme may use it, so both renders are needed where its trials can be synthetic."""
    return GroupPlan(name, (role,), 20, (NINE, ONE) if "synthetic" in conditions else (), conditions, n_layers=5)


DESIGN_UNITS: Mapping[str, tuple[GroupPlan, ...]] = {
    "borowski2021-exp1": (
        GroupPlan("random", ("main",), 36, (NINE,), n_layers=9),
        GroupPlan("hand-picked", ("main",), 9, (NINE,), n_layers=9, last_branch=True, paper_units=HAND_PICKED),
        GroupPlan("reserved", ("practice", "catch"), 15, (NINE,), ("none", "natural", "synthetic"), n_layers=9),
        _INTUITIVENESS,
    ),
    "borowski2021-exp2": (
        *(_block(name, "main", "natural", "synthetic") for name in "abcd"),
        _block("e", "catch", "natural", "synthetic"),
        _block("f", "practice", "synthetic"),
        _block("g", "practice", "natural"),
        _INTUITIVENESS,
    ),
    "quick": (
        GroupPlan("main", ("main",), 20, (QUICK_NINE,)),
        GroupPlan("reserved", ("practice", "catch"), 8, (QUICK_NINE,)),
    ),
    "imi": (
        GroupPlan("main", ("main",), 40, (NINE,), ("natural", "synthetic")),
        GroupPlan("reserved", ("practice", "catch"), 10, (NINE,), ("natural", "synthetic")),
    ),
}


def design_units(card: NetworkCard, preset: str, *, seed: int, live: Collection[Unit] | None) -> DesignUnits:
    """Return the units that a design needs of this network, all different; `live` are those that may be chosen (None: all).

    Raises UnknownName for a preset that is not there, UsageError where the network has too few units.
    """
    if preset not in DESIGN_UNITS:
        raise UnknownName("design with units", preset, DESIGN_UNITS)
    plans = DESIGN_UNITS[preset]
    deck = Deck(card.layers, seed=seed, live=live)
    named = _named_units(deck, card, plans)  # first, so that no random unit is one of them
    groups = tuple(UnitGroup(plan, named.get(plan.name) or _random_group(deck, card, plan, preset, seed)) for plan in plans)
    return DesignUnits(preset, card.name, seed, groups, tuple(_deviations(card, groups, deck)))


# --- the groups of a design ---------------------------------------------------------------------------------------------------


def _named_units(deck: Deck, card: NetworkCard, plans: Sequence[GroupPlan]) -> dict[str, tuple[Unit, ...]]:
    """Return the units that the paper names, by group, each dead one replaced by a random one of its branch; none on other networks."""
    if card.source != PAPER_NETWORK:
        return {}
    live = {unit for plan in plans for unit in plan.paper_units if deck.remove(unit)}
    return {plan.name: tuple(unit if unit in live else _replacement(deck, card, unit) for unit in plan.paper_units) for plan in plans}


def _replacement(deck: Deck, card: NetworkCard, dead: Unit) -> Unit:
    layer = card.layer(dead.layer)
    unit = deck.draw(layer, [branch for branch in layer.branches if branch.start <= dead.channel < branch.stop])
    if unit is None:
        raise UsageError(f"{dead} is dead or not mined, and so is all of its branch; mine {layer.name} on more images.")
    return unit


def _random_group(deck: Deck, card: NetworkCard, plan: GroupPlan, preset: str, seed: int) -> tuple[Unit, ...]:
    layers = evenly(card.layers, plan.n_layers)
    units = tuple(islice(deal(deck, layers, seed=seed, last_branch=plan.last_branch), plan.n_units))
    if len(units) < plan.n_units:
        n_needed = sum(other.n_units for other in DESIGN_UNITS[preset])
        names = ", ".join(layer.name for layer in layers)
        raise UsageError(
            f"{preset} needs {n_needed} different units, but {card.name} has too few {deck.kind}: {names} have {len(units)} left for the "
            f"{plan.n_units} of group {plan.name!r}; take a network with more, or name units yourself (layer:channel)."
        )
    return units


def _deviations(card: NetworkCard, groups: Sequence[UnitGroup], deck: Deck) -> Iterator[str]:
    n_layers = groups[0].plan.n_layers
    branches = sorted({len(layer.branches) for layer in evenly(card.layers, n_layers)})
    if n_layers is not None and (len(card.layers) < n_layers or branches != [N_BRANCHES]):
        counts = " or ".join(map(str, branches))
        yield (
            f"The experiment has {n_layers} layers of {N_BRANCHES} branches; {card.name} gives "
            f"{min(len(card.layers), n_layers)} of {counts}, over which the same number of units is spread."
        )
    for group in groups:
        yield from _not_the_papers(card, group)
    if deck.lacking:
        yield f"Too few units in {', '.join(deck.lacking)}: other branches or layers give more."


def _not_the_papers(card: NetworkCard, group: UnitGroup) -> Iterator[str]:
    if group.plan.paper_units and card.source != PAPER_NETWORK:
        yield f"The paper's {group.plan.name} units are {PAPER_NETWORK}'s; random ones of {card.name} take their place."
        return
    for dead, unit in zip(group.plan.paper_units, group.units, strict=False):
        if dead != unit:
            yield f"The paper's {dead} is dead or not mined; {unit} takes its place."
