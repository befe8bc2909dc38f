"""What `exemplary mine` says at its end about the time of workers and GPUs."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from core.cli_output import show_mining
from core.services.mining.mining import MineReport

RATE = "1,234.5 images/s"
REPORT = MineReport("tiny/shapes", ("mixed3a",), 8, 100, n_mined=100, n_resumed=0, already_mined=(), images_per_s=1234.5)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({}, [RATE]),
        (
            {"computing_share": 0.8, "gpu_share": 0.93},
            [f"{RATE}; workers computed 80% of their time, decoding the rest; GPU busy 93% of the time"],
        ),
        ({"gpu_unknown": "no driver"}, [RATE, "How busy the GPU was is not known: no driver"]),
    ],
)
def test_how_busy_everything_was(told: dict[str, object], words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Shares are told where they are known; why a GPU's is not, where there is a GPU."""
    report = replace(REPORT, **told)
    show_mining(report, as_json=False)
    assert capsys.readouterr().out.splitlines()[1:] == words
    show_mining(report, as_json=True)
    assert json.loads(capsys.readouterr().out).items() >= told.items()
