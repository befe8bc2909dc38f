"""The units beside a unit, in a given order and in the network's."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.domain import Unit
from core.unit_neighbours import neighbours
from tests.studies import LAYERS, Workplace

NAMES = [f"{layer.name}:{channel}" for layer in LAYERS for channel in range(layer.n_channels)]


def unit_of(name: str) -> Unit:
    layer, _, channel = name.partition(":")
    return Unit(layer, int(channel))


def test_going_on_passes_every_unit_once(built_study: Workplace) -> None:
    """From the first unit on, the next ones are all units in the network's order, and the way back is the same."""
    passed, at = [NAMES[0]], neighbours(built_study.study, unit_of(NAMES[0]))
    assert at.previous is None and not at.is_filtered
    while at.next is not None:
        assert neighbours(built_study.study, unit_of(at.next)).previous == passed[-1]
        passed.append(at.next)
        at = neighbours(built_study.study, unit_of(at.next))
    assert passed == NAMES
    assert (at.place, at.n) == (len(NAMES), len(NAMES))


@given(order=st.lists(st.sampled_from(NAMES), unique=True, min_size=1), data=st.data())
def test_an_order_is_kept(built_study: Workplace, order: list[str], data: st.DataObject) -> None:
    """Neighbours are those of the order that is given; a unit outside it has the network's."""
    name = data.draw(st.sampled_from(NAMES))
    found = neighbours(built_study.study, unit_of(name), order)
    names = order if name in order else NAMES
    place = names.index(name)
    assert found.is_filtered == (name in order)
    assert (found.place, found.n) == (place + 1, len(names))
    assert [found.previous, found.next] == [(["", *names, ""])[place] or None, (["", *names, ""])[place + 2] or None]
