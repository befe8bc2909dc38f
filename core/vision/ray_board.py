"""What is known of a run on Ray while it goes on: one process of the cluster, on the driver's machine, that all workers tell."""

from __future__ import annotations

from typing import Any


class Board:
    """How many images are measured, how often workers began with some, and whether the driver wants to stop."""

    def __init__(self) -> None:
        self._begun: dict[int, int] = {}  # by first image: how often since it was measured
        self._measured: dict[int, int] = {}  # by first image: how many; what is measured again counts once
        self._is_stopped = False

    def begin(self, first: int) -> int:
        """Note that a worker begins with the images from `first` on; return how often that was begun and not ended."""
        self._begun[first] = self._begun.get(first, 0) + 1
        return self._begun[first]

    def measured(self, first: int, n_images: int) -> None:
        """Note that the images from `first` on are measured."""
        self._measured[first] = n_images
        self._begun.pop(first, None)

    def n_measured(self) -> int:
        """Return how many images are measured."""
        return sum(self._measured.values())

    def stop(self) -> None:
        """Let the workers stop where they are."""
        self._is_stopped = True

    def is_stopped(self) -> bool:
        """Return whether they shall stop."""
        return self._is_stopped


def new_board() -> Any:
    """Return a board that lives as long as the driver's machine does. It takes no core."""
    import ray
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
    return ray.remote(Board).options(num_cpus=0, scheduling_strategy=here).remote()
