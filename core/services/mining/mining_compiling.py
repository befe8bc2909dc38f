"""Whether a pass is compiled: as it was begun, as is asked, as the images before it were mined, else whichever is faster. Imports torch.

A compiled pass rounds differently. So the choice is noted before anything is measured, and a run that goes on makes the same one.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from core.errors import UsageError
from core.services.mining.mining_plan import CompileWish
from core.store.workspace import publish_file
from core.vision.compiling import CompiledPasses, CompileError, checked, timed
from core.vision.decoding import Crops
from core.vision.mining import Pass, first_batch
from core.vision.networks import LoadedNetwork

FILE = "compiled.json"
WORTH_TRYING = ("cuda",)  # on a CPU compiled passes took 1.6 to 1.8 times as long


@dataclass(frozen=True, slots=True)
class CompileChoice:
    """Whether a pass is compiled. reason: None where that was no question; seconds a batch where both were timed; n_dropped: images that
    an interrupted run had mined the other way, and that are mined again."""

    is_compiled: bool
    reason: str | None = None
    plain_s: float | None = None
    compiled_s: float | None = None
    n_dropped: int = 0

    @property
    def sentence(self) -> str | None:
        """The choice in words; None where there is nothing to say."""
        dropped = f"; {self.n_dropped:,} images that were mined the other way are mined again" if self.n_dropped else ""
        if self.reason is None and not dropped:
            return None
        return ("compiled" if self.is_compiled else "not compiled") + (f": {self.reason}" if self.reason else "") + dropped


class Compiling:
    """The choice of one pass, kept in its job's folder, and the compiled passes where it is to be compiled."""

    def __init__(
        self, network: LoadedNetwork, asked: Pass, folder: Path, *, wish: CompileWish, before: bool | None, passes: CompiledPasses
    ) -> None:
        self.network, self.asked, self.path, self.wish, self.before = network, asked, folder / FILE, wish, before
        self.choice = CompileChoice(**json.loads(self.path.read_text())) if self.path.exists() else None
        self._is_begun = self.choice is not None
        self._passes, self._is_checked, self._n_dropped = passes, False, 0

    @property
    def is_compiled(self) -> bool:
        """Whether what was measured, by this run or the one that it goes on from, is of a compiled pass."""
        return self.choice is not None and self.choice.is_compiled

    @property
    def is_to_try(self) -> bool:
        """Whether the next measurement waits for a compiler."""
        if self.choice is not None:
            return self.choice.is_compiled and not self._is_checked
        return self._must()[0] is not False

    def goes_on(self, n_done: int) -> bool:
        """Return whether what an interrupted run has done can be gone on from; if not, it is to be dropped (and is forgotten here)."""
        if n_done and self.choice is None:  # begun before there was a choice
            self.choice, self._is_begun = CompileChoice(False), True
        if self.choice is None or self.wish == "auto" or self.choice.is_compiled == (self.wish == "on"):
            return True
        self.forget()
        self._n_dropped = n_done
        return False

    def forget(self) -> None:
        """Forget the choice: nothing that was measured by it is left."""
        self.path.unlink(missing_ok=True)
        self.choice, self._is_begun = None, False

    def passes(self, crops: Crops) -> CompiledPasses | None:
        """Return what compiles the pass, None where it is not to be compiled; the choice is made, and noted, at the first call.

        Raises UsageError where it must be compiled, and cannot be.
        """
        if self.choice is None:
            self._note(replace(self._chosen(crops), n_dropped=self._n_dropped))
        elif self.is_to_try:
            self._tried(crops, is_timed=False)
        return self._passes if self.is_compiled else None

    def _must(self) -> tuple[bool | None, str | None]:
        """Return whether the pass must (not) be compiled, and why; None: whichever is faster."""
        if self.wish != "auto":
            return self.wish == "on", None
        if self.network.device.type not in WORTH_TRYING:
            return False, None
        return self.before, None if self.before is None else "as the images mined before"

    def _chosen(self, crops: Crops) -> CompileChoice:
        must, why = self._must()
        if must is False:
            return CompileChoice(False, why)
        try:
            found = self._tried(crops, is_timed=True)
        except CompileError as problem:
            lost = ", unlike the images mined before" if self.before else ""
            return CompileChoice(False, f"that failed{lost} ({problem})")
        is_faster = found.compiled_s is not None and found.plain_s is not None and found.compiled_s < found.plain_s
        is_compiled = is_faster if must is None else True
        return replace(found, is_compiled=is_compiled, reason=_times(found) if is_compiled else f"it was {_times(found)}")

    def _tried(self, crops: Crops, *, is_timed: bool) -> CompileChoice:
        """Return the times of both passes on the first batch, after their activations were compared.

        Raises CompileError where going on uncompiled is a choice, else UsageError.
        """
        with first_batch(self.network, crops, self.asked) as (plain, images):
            try:
                compiled = self._passes.of(plain, images)
                checked(plain, compiled, images, is_half=self.asked.half)
            except CompileError as problem:
                self._check_not_needed(problem)
                raise
            self._is_checked = True
            return CompileChoice(True, None, *(asdict(timed(plain, compiled, images)).values() if is_timed else ()))

    def _check_not_needed(self, problem: CompileError) -> None:
        if self._is_begun:
            raise UsageError(
                f"This run was begun compiled, and compiling fails now ({problem}); with --compile off what was done is mined again."
            ) from problem
        if self.wish == "on":
            raise UsageError(f"The pass cannot be compiled ({problem}); mine with --compile auto or off.") from problem

    def _note(self, choice: CompileChoice) -> None:
        temporary = self.path.with_suffix(".tmp.json")
        temporary.write_text(json.dumps(asdict(choice)))
        publish_file(temporary, self.path)
        self.choice = choice


def _times(found: CompileChoice) -> str:
    return f"{(found.plain_s or 0.0) / (found.compiled_s or 1.0):.1f} times as fast"
