"""Whether what was mined is whole: activation files, units and exemplars, and whether it is of the network and images of now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from core.domain import ImageFile, NetworkCard
from core.errors import StoreError
from core.jobs.job import Progress
from core.services.checking.finding import Finding, first_of, wrong
from core.services.jobs.commands import mine_command
from core.services.mining.mining_plan import content_digest
from core.store import catalogue_read, check_read
from core.store.activations import Shard
from core.store.check_read import Cursor, MinedFacts
from core.store.workspace import Workspace


def check_mined(workspace: Workspace, cursor: Cursor, *, deep: bool, progress: Progress) -> Iterator[Finding]:
    """Give what is wrong with the mined layers and their activation files (their SHA-256 where `deep`)."""
    facts = check_read.mined_facts(cursor)
    shards = check_read.all_shards(cursor)
    images = {name: catalogue_read.images(cursor, name) for name in {one.image_set for one in facts}}
    cards = {card.name: card for card in catalogue_read.networks(cursor)}
    for number, one in enumerate(facts, start=1):
        if one.n_in_set is None or one.network_digest is None:
            gone = f"image set {one.image_set!r}" if one.n_in_set is None else f"network {one.network!r}"
            yield wrong(f"study {one.study}", f"The {gone} of {one.study} is not in the catalogue; index and mine again.")
            continue
        width = _n_channels(cards[one.network], one.layer)
        yield from _made_from(one, images[one.image_set])
        yield from _tables(one, width)
        files = _LayerFiles(workspace, one, width, deep)
        yield from files.check(shards.get((one.study, one.layer), ()))
        progress(number, len(facts), "checking mined layers")
    yield from _unmined_shards(facts, shards)


def mine_again(one: MinedFacts) -> str:
    """Return the command that mines a layer again."""
    return f"`{mine_command(replace(one.spec, layers=(one.layer,)))}`"


def _made_from(one: MinedFacts, images: Sequence[ImageFile]) -> Iterator[Finding]:
    about = f"study {one.study}"
    if one.spec.network_digest != one.network_digest:
        yield wrong(
            about, f"{one.layer} of {one.study} was mined with other weights or layers than {one.network} has now; {mine_again(one)}."
        )
    if one.n_mined < len(images):
        yield wrong(
            about,
            f"{one.layer} of {one.study} is mined on {one.n_mined:,} of the {len(images):,} images of {one.image_set!r}; mine the others: "
            f"{mine_again(one)}.",
        )
    if content_digest(images[: one.n_mined]) != one.content_digest:
        yield wrong(about, f"{one.layer} of {one.study} was mined on other images than {one.image_set!r} has now; {mine_again(one)}.")


def _tables(one: MinedFacts, width: int) -> Iterator[Finding]:
    about = f"study {one.study}"
    if one.n_units != width:
        yield wrong(about, f"{one.layer} of {one.study} has {one.n_units:,} units instead of {width:,}; {mine_again(one)}.")
    if one.n_wrong_n:
        yield wrong(
            about,
            f"{one.n_wrong_n:,} units of {one.layer} in {one.study} were not mined on all its {one.n_mined:,} images; {mine_again(one)}.",
        )
    wanted = 2 * width * min(one.spec.top_k, one.n_mined)
    if one.n_exemplars != wanted:
        yield wrong(about, f"{one.layer} of {one.study} has {one.n_exemplars:,} exemplars instead of {wanted:,}; {mine_again(one)}.")
    if one.n_lost:
        yield wrong(
            about,
            f"{one.n_lost:,} exemplars of {one.layer} in {one.study} show images that {one.image_set!r} does not have; {mine_again(one)}.",
        )


@dataclass(frozen=True, slots=True)
class _LayerFiles:
    """The activation files of one layer of `width` channels."""

    workspace: Workspace
    facts: MinedFacts
    width: int
    deep: bool

    def check(self, shards: Sequence[Shard]) -> Iterator[Finding]:
        """Give which files are missing, have other rows or (deep) other bytes than were written, and whether they hold all images."""
        one, about = self.facts, f"activations of {self.facts.study}"
        stop = 0
        for shard in shards:
            if shard.first_image == stop:
                stop += shard.n_images
        if stop != one.n_mined:
            yield wrong(about, f"The files of {one.layer} hold the activations of {stop:,} of {one.n_mined:,} images; {mine_again(one)}.")
        missing = [shard.path for shard in shards if not (self.workspace.root / shard.path).is_file()]
        damaged = [shard.path for shard in shards if shard.path not in missing and self._is_damaged(shard)]
        if missing:
            yield wrong(
                about,
                f"{len(missing):,} of {len(shards):,} activation files of {one.layer} are missing ({first_of(missing)}); put them back "
                f"from a copy, or mine the layer anew: {mine_again(one)}.",
            )
        if damaged:
            yield wrong(
                about,
                f"{len(damaged):,} of {len(shards):,} activation files of {one.layer} are damaged ({first_of(damaged)}); put them back "
                f"from a copy, or delete them and mine the layer anew: {mine_again(one)}.",
            )

    def _is_damaged(self, shard: Shard) -> bool:
        path = self.workspace.root / shard.path
        try:
            n_rows = check_read.parquet_rows(path)
        except StoreError:
            return True
        return n_rows != shard.n_images * self.width or (self.deep and check_read.sha256(path) != shard.digest)


def _unmined_shards(facts: Sequence[MinedFacts], shards: Mapping[tuple[str, str], Sequence[Shard]]) -> Iterator[Finding]:
    for study, layer in sorted(set(shards) - {(one.study, one.layer) for one in facts}):
        yield wrong(
            f"activations of {study}", f"The catalogue has activation files of {layer} in {study}, which is not mined; mine it again."
        )


def _n_channels(card: NetworkCard, layer: str) -> int:
    return next((one.n_channels for one in card.all_layers if one.name == layer), 0)
