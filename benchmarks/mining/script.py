"""Against the obvious script: hooks on the whole network, every activation kept, torch.topk at the end, CSV as the authors wrote."""

from __future__ import annotations

import argparse
import csv
import tempfile
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from subject import CORES, REAL, Subject, middle, timed
from torch import nn
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from core.services.images.indexing import index_folder
from core.services.mining.mining import mine
from core.services.mining.mining_plan import MiningRequest
from core.settings import Settings
from core.vision.networks import LoadedNetwork, load_network


class Photos(Dataset[torch.Tensor]):
    """Photos as torchvision's transforms give them."""

    def __init__(self, one: Subject) -> None:
        preprocessing = one.network.card.preprocessing
        self.paths = [one.folder / image.path for image in one.images]
        steps = [transforms.Resize(preprocessing.resize_px), transforms.CenterCrop(preprocessing.crop_px), transforms.ToTensor()]
        self.transform = transforms.Compose(steps)

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, number: int) -> torch.Tensor:
        return self.transform(Image.open(self.paths[number]).convert("RGB"))


def plain(one: Subject) -> LoadedNetwork:
    """Return the network as a script would have it: images channel by channel, local response norm as torch has it."""
    found = load_network(one.network.card.source, device=torch.device("cpu"))
    found.module.to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
    return found


def script(one: Subject, network: LoadedNetwork, out: Path, *, batch: int, workers: int) -> dict[str, torch.Tensor]:
    """Mine as the script does; return every activation by layer."""
    seen: dict[str, list[torch.Tensor]] = {layer.name: [] for layer in network.card.layers}
    parts: dict[tuple[str, int], torch.Tensor] = {}
    handles = []
    for layer in network.card.layers:
        for number, tap in enumerate(network.taps[layer.name]):

            def keep(_module: nn.Module, given: Any, gave: Any = None, key: tuple[str, int] = (layer.name, number)) -> None:
                maps = given[0] if gave is None else gave
                parts[key] = maps.mean(dim=(2, 3))

            module = tap.module
            handles.append(module.register_forward_pre_hook(keep) if tap.point == "input" else module.register_forward_hook(keep))
    with torch.no_grad():
        for images in DataLoader(Photos(one), batch_size=batch, num_workers=workers):
            network.module(images)
            for layer in network.card.layers:
                seen[layer.name].append(torch.cat([parts[layer.name, number] for number in range(len(network.taps[layer.name]))], dim=1))
    for handle in handles:
        handle.remove()
    found = {name: torch.cat(rows) for name, rows in seen.items()}
    for name, activations in found.items():
        activations.topk(min(200, len(activations)), dim=0)
        (-activations).topk(min(200, len(activations)), dim=0)
        with (out / f"{name}.csv").open("w", newline="") as file:
            csv.writer(file).writerows(activations.tolist())
    return found


def run(one: Subject, arguments: argparse.Namespace) -> dict[str, Any]:
    """Both from files to stored results, taking turns; ours with its digest check, distributions and publication."""
    some, network = one.first(arguments.images), plain(one)
    theirs, ours = [], []
    with tempfile.TemporaryDirectory() as root:
        links = linked(some, Path(root))
        for number in range(arguments.rounds):
            theirs.append(timed(lambda: script(some, network, Path(root), batch=32, workers=CORES)))
            ours.append(mined_s(some, links, Path(root) / str(number)))
            print(f"  script {theirs[-1]:.1f} s, mine {ours[-1]:.1f} s", flush=True)
    ratio = middle([slow / fast for slow, fast in zip(theirs, ours, strict=True)])
    print(f"script: {len(some.images)} images, {ratio:.2f} times as fast as the script")
    return {"script_s": theirs, "mine_s": ours, "ratio": ratio}


def linked(one: Subject, folder: Path) -> Path:
    """Return a folder of links to the photos, below another."""
    links = folder / "photos"
    for image in one.images:
        (links / image.path).parent.mkdir(parents=True, exist_ok=True)
        (links / image.path).symlink_to(one.folder / image.path)
    return links


def mined_s(one: Subject, photos: Path, workspace: Path) -> float:
    """Return the seconds that mining a folder of photos into a workspace takes; it is indexed before."""
    settings = Settings(workspace, device="cpu", threads=CORES)
    index_folder(settings, photos, name="photos")
    return timed(lambda: mine(settings, MiningRequest(one.network.card.source, "photos")))


def agree(one: Subject, arguments: argparse.Namespace) -> dict[str, Any]:
    """Compare the exemplars of 50 random units with a slow, obvious computation: one image at a time, torchvision's transforms, a sort."""
    import numpy as np

    from core.domain import Unit
    from core.store import unit_read
    from core.store.publication import CatalogueReader
    from core.store.workspace import Workspace

    with tempfile.TemporaryDirectory() as out:
        slow = {name: rows.numpy() for name, rows in script(one, plain(one), Path(out), batch=1, workers=1).items()}
    report = mine(one.settings, MiningRequest(one.network.card.source, "photos"))
    cursor = CatalogueReader(Workspace(one.settings.workspace)).cursor()
    names = [Unit(layer.name, channel) for layer in one.network.card.layers for channel in range(layer.n_channels)]
    chosen = [names[place] for place in np.random.default_rng(arguments.seed).choice(len(names), 50, replace=False)]
    n_equal = n_ranks = 0
    worst = 0.0
    for unit in chosen:
        column = slow[unit.layer][:, unit.channel]
        scale = float(np.abs(column).max())
        ranked = unit_read.ranked_ids(cursor, report.study, [unit])
        for extreme, order in (("max", np.argsort(-column, kind="stable")), ("min", np.argsort(column, kind="stable"))):
            ids = np.array(ranked[unit, extreme])  # type: ignore[index]
            n_equal += int((ids == order[: len(ids)]).sum())
            n_ranks += len(ids)
            worst = max(worst, float(np.abs(column[ids] - column[order[: len(ids)]]).max()) / scale)
    print(f"agree: {n_equal:,} of {n_ranks:,} ranks name the same image; elsewhere activations differ by {worst:.1e} of the unit's largest")
    return {"n_equal": n_equal, "n_ranks": n_ranks, "worst": worst, "photos": str(REAL.name)}
