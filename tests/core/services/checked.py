"""What the tests of a check share: a study to damage, ways to damage it, what is found."""

from __future__ import annotations

import shutil
from dataclasses import asdict, replace
from pathlib import Path

from core.jobs.job import working
from core.services.checking.checking import CheckReport, check
from core.services.checking.finding import Finding
from core.store import catalogue_write, mined_read, mining_state
from core.store.activations import Shard
from core.store.mining_state import MiningState
from core.store.publication import CatalogueReader, publish
from tests.studies import Workplace, settings_of


def checked(place: Workplace, *, deep: bool = True, mend: bool = False) -> CheckReport:
    """Return the report of a check."""
    return check(settings_of(place.workspace), deep=deep, mend=mend)


def only(report: CheckReport) -> Finding:
    """Return the one thing that was found."""
    assert len(report.findings) == 1, [one.text for one in report.findings]
    return report.findings[0]


def photos(place: Workplace) -> list[Path]:
    """Return the photos, by path."""
    return sorted(Path(place.study.image_set.folder).rglob("*.png"))


def shards(place: Workplace, layer: str = "mixed4a") -> list[Path]:
    """Return a layer's activation files."""
    cursor = CatalogueReader(place.workspace).cursor()
    return mined_read.activation_files(cursor, place.workspace, place.study.key, layer)


def tear(path: Path) -> None:
    """Take the end of a file away."""
    path.write_bytes(path.read_bytes()[:-40])


def flip_last_byte(path: Path) -> None:
    """Damage a file so that its size stays."""
    content = bytearray(path.read_bytes())
    content[-1] ^= 255
    path.write_bytes(content)


def flip_value(path: Path) -> None:
    """Damage one stored activation, so that the file can be read still."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 255
    path.write_bytes(content)


def change(place: Workplace, statement: str, *parameters: object) -> None:
    """Publish a catalogue in which a statement was run."""

    def apply(cursor: catalogue_write.Cursor) -> None:
        cursor.execute(statement, list(parameters))

    publish(place.workspace, apply)


def unfinished_mining(place: Workplace, *, layers: tuple[str, ...] = ("mixed5a",)) -> Path:
    """Leave a mining job as a kill does, with a shard that only its state knows; return the shard's file."""
    shard = place.workspace.activations(place.study.key) / "mixed5a" / "0.parquet"
    shard.parent.mkdir(parents=True)
    shutil.copy(shards(place)[0], shard)
    spec = replace(place.study.mining, layers=layers, pre_relu=(True,) * len(layers), top_k=40)
    with working(place.workspace, "mine-0123", spec=asdict(spec)) as job:
        job.report(50, 120, "mining images")
    written = Shard(0, 50, str(shard.relative_to(place.workspace.root)), "")
    mining_state.save(job.folder / "state.npz", MiningState(50, {"mixed5a": (written,)}, {}))
    lines = (job.folder / "progress.jsonl").read_text().splitlines()
    (job.folder / "progress.jsonl").write_text("\n".join(lines[:-1]) + "\n")  # the last says that it is done
    return shard
