"""Mine a network's units on an image set: every activation kept, exemplars and distributions published. Imports torch."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from core.domain import ImageSet, Layer, MiningSpec, digest, study_key
from core.errors import StaleWork, UsageError
from core.jobs.job import Progress, silent, working
from core.ranking import Summary, merged, merged_all, summarise
from core.services.mining.mining_compiling import CompileChoice
from core.services.mining.mining_pass import Mining, MiningPass
from core.services.mining.mining_plan import MiningPlan, MiningRequest, content_digest, plan_mining
from core.services.mining.mining_precision import Agreement, half_agreement
from core.services.networks import check_workspace, open_network, register
from core.settings import Settings
from core.store import activations, catalogue_read, catalogue_write, mined_read
from core.store.activations import Shard
from core.store.catalogue_write import MinedLayer
from core.store.mining_state import MiningState
from core.store.publication import CatalogueReader, publish
from core.store.workspace import Workspace
from core.vision.layers import resolve_layers
from core.vision.mining import MINING_BATCH, Busy
from core.vision.networks import LoadedNetwork
from core.vision.ray_crew import check_reachable


@dataclass(frozen=True, slots=True)
class MineReport:
    """What mining did.

    n_mined: images that went through the network, n_resumed: those that were there already, from an interrupted run or before images
    were added; images_per_s and the shares of the workers' time are those of this run, None where nothing was left to do. gpu_share: of
    the time in which this machine's GPUs computed, by their driver; gpu_unknown: why that is not known.
    """

    study: str
    layers: tuple[str, ...]
    n_units: int
    n_images: int
    n_mined: int
    n_resumed: int
    already_mined: tuple[str, ...]
    brought_along: tuple[str, ...] = ()
    images_per_s: float | None = None
    decoding_share: float | None = None
    computing_share: float | None = None
    gpu_share: float | None = None
    gpu_unknown: str = ""
    half_agreement: Agreement | None = None
    compile_choices: tuple[CompileChoice, ...] = ()  # one a pass


def mine(settings: Settings, request: MiningRequest, *, progress: Progress = silent) -> MineReport:
    """Mine all asked layers in one pass over the images.

    Layers that are mined already are left as they are, and of a set that has grown only the new images are mined; interrupted, it resumes.
    """
    request.check()
    if settings.engine == "ray":
        if request.compiling == "on":
            raise UsageError("--compile on is for mining on this machine: workers of Ray do not compile; leave it out, or --engine ray.")
        check_reachable(settings.ray_address)
    workspace = Workspace(settings.workspace)
    cursor = CatalogueReader(workspace).cursor()
    chosen, images = catalogue_read.image_set(cursor, request.image_set), catalogue_read.images(cursor, request.image_set)
    loaded = open_network(settings, request.network, network_name=request.network_name)
    asked = resolve_layers(loaded.card, request.layers)
    check_workspace(workspace, loaded.card)
    spec = _spec(loaded, chosen, asked, request)
    study = study_key(loaded.card.name, chosen.name, spec.reduction)
    compiling = "off" if settings.engine == "ray" else request.compiling
    run = Mining(settings, workspace, loaded, chosen, images, spec, study, Busy(), compiling)
    agreement = half_agreement(run) if request.half else None
    mined = mined_read.whole_states(cursor, workspace, run.study)
    plan = plan_mining(spec, images, asked=asked, all_layers=loaded.card.all_layers, mined=mined)
    passes = [_mined(run, layers, n_known, progress) for n_known, layers in plan.passes.items()]
    if plan.ranked_again:
        summaries = _ranked_again(run, plan.ranked_again, progress)
        compiled = {layer.name for layer in plan.ranked_again if mined[layer.name].spec.is_compiled}
        _publish(run, plan.ranked_again, MiningState(0, {}, {}), summaries, n_known=len(images), compiled=compiled)
    return _report(run, asked, plan, passes, agreement)


def _spec(loaded: LoadedNetwork, image_set: ImageSet, layers: Sequence[Layer], request: MiningRequest) -> MiningSpec:
    card = loaded.card
    return MiningSpec(
        network=card.name,
        network_digest=card.network_digest,
        image_set=image_set.name,
        set_digest=image_set.set_digest,
        preprocessing=card.preprocessing,
        layers=tuple(layer.name for layer in layers),
        pre_relu=tuple(layer.pre_relu for layer in layers),
        top_k=request.top_k,
        batch=MINING_BATCH[loaded.device.type],
        reduction=request.reduction,
        precision="half" if request.half else "full",
        activation_type=request.activation_type,
    )


# --- passes -------------------------------------------------------------------------------------------------------------------


def _mined(run: Mining, layers: tuple[Layer, ...], n_known: int, progress: Progress) -> tuple[int, CompileChoice | None]:
    """Mine layers on the images from `n_known` on, and publish them.

    Return how many images earlier runs had mined, and whether the pass was compiled, None if nothing was measured.
    """
    spec = _of_layers(run.spec, layers)
    name = f"mine-{digest([digest(replace(spec, set_digest='')), n_known, content_digest(run.images)])}"
    with working(run.workspace, name, spec=asdict(spec), progress=progress) as job:
        kept = {layer.name: _kept(run, layer, n_known) for layer in layers}
        mining = MiningPass(run, layers, n_known, job, top_k=kept, before=_compiled_before(run, layers, n_known))
        n_again = mining.mend()
        n_resumed = mining.n_done - n_again
        mining.run()
        summaries = {layer: _with_known(run, layer, n_known, mining.state) for layer in layers}
        names = {layer.name for layer in layers}
        _publish(run, layers, mining.state, summaries, n_known=n_known, compiled=names if mining.compiling.is_compiled else set())
        mining.clear()
    return n_known + n_resumed, mining.compiling.choice


def _compiled_before(run: Mining, layers: Sequence[Layer], n_known: int) -> bool | None:
    """Return whether the layers' known images were mined by a compiled pass; None where there are none, or some were and some not."""
    states = _states(run) if n_known else {}
    found = {states[layer.name].spec.is_compiled for layer in layers if layer.name in states}
    return found.pop() if len(found) == 1 else None


def _of_layers(spec: MiningSpec, layers: Sequence[Layer]) -> MiningSpec:
    return replace(spec, layers=tuple(layer.name for layer in layers), pre_relu=tuple(layer.pre_relu for layer in layers))


def _kept(run: Mining, layer: Layer, n_known: int) -> int:
    """Return how many exemplars an extreme are kept: as many as asked, or as were kept of a layer that gets more images."""
    return _states(run)[layer.name].spec.top_k if n_known else run.spec.top_k


def _with_known(run: Mining, layer: Layer, n_known: int, state: MiningState) -> Summary:
    found = state.summaries[layer.name]
    return merged(mined_read.summary(_cursor(run), run.study, layer.name), found) if n_known else found


# --- without a pass -----------------------------------------------------------------------------------------------------------


def _ranked_again(run: Mining, layers: Sequence[Layer], progress: Progress) -> dict[Layer, Summary]:
    """Return the summaries of layers with as many exemplars as are asked for, from their stored activations."""
    found: dict[Layer, Summary] = {}
    for number, layer in enumerate(layers, start=1):
        paths = mined_read.activation_files(_cursor(run), run.workspace, run.study, layer.name)
        shards = mined_read.shards(_cursor(run), run.study, layer.name)
        found[layer] = merged_all(
            summarise(activations.read_layer(_cursor(run), [path]), top_k=run.spec.top_k, first_image=shard.first_image)
            for path, shard in zip(paths, shards, strict=True)
        )
        progress(number, len(layers), "ranking layers")
    return found


# --- publication --------------------------------------------------------------------------------------------------------------


def _publish(
    run: Mining,
    layers: Sequence[Layer],
    state: MiningState,
    summaries: Mapping[Layer, Summary],
    *,
    n_known: int,
    compiled: Collection[str],
) -> None:
    """Publish the layers' summaries, which go on from what was known of the first n_known images, if that is still so.

    compiled: names of the layers of which the last images were mined by a compiled pass.
    """
    known = {layer: mined_read.shards(_cursor(run), run.study, layer.name) for layer in layers}
    mined = [
        MinedLayer(
            layer,
            summary,
            shards=_all_shards(known[layer], state.shards.get(layer.name, ()), n_images=len(run.images)),
            content_digest=content_digest(run.images),
        )
        for layer, summary in summaries.items()
    ]

    def change(cursor: catalogue_write.Cursor) -> None:
        spec = run.spec
        if catalogue_read.image_set(cursor, spec.image_set).set_digest != spec.set_digest:
            raise StaleWork(f"The image set {spec.image_set!r} was indexed anew while it was mined; mine again.")
        states = mined_read.mined_states(cursor, run.study) if n_known else {}
        if n_known and any(layer.name not in states or states[layer.name].n_images != n_known for layer in layers):
            raise StaleWork(f"Another command mined {run.study} meanwhile; give this one again, and it does what is left.")
        register(cursor, run.loaded.card)
        for one in mined:
            of_layer = replace(_of_layers(spec, layers), top_k=one.summary.top_k, is_compiled=one.layer.name in compiled)
            catalogue_write.put_mined_layer(cursor, run.study, spec=of_layer, mined=one)
        catalogue_write.put_crops(cursor, spec.image_set, spec.preprocessing)

    publish(run.workspace, change)


def _all_shards(known: Sequence[Shard], written: Sequence[Shard], *, n_images: int) -> tuple[Shard, ...]:
    """Return the shards that hold all images: those that were there up to the first written one, and the written ones."""
    first = written[0].first_image if written else n_images
    return (*(shard for shard in known if shard.first_image < first), *written)


def _cursor(run: Mining) -> catalogue_read.Cursor:
    return CatalogueReader(run.workspace).cursor()


def _states(run: Mining) -> Mapping[str, mined_read.Mined]:
    return mined_read.mined_states(_cursor(run), run.study)


def _report(
    run: Mining,
    asked: Sequence[Layer],
    plan: MiningPlan,
    passes: Sequence[tuple[int, CompileChoice | None]],
    agreement: Agreement | None,
) -> MineReport:
    busy = run.busy
    at_work = busy.decoding_s + busy.computing_s
    n_images = len(run.images)
    return MineReport(
        run.study,
        tuple(layer.name for layer in asked),
        sum(layer.n_channels for layer in asked),
        n_images,
        n_mined=busy.n_images,
        n_resumed=max((n_resumed for n_resumed, _ in passes), default=0),
        already_mined=plan.done,
        brought_along=plan.brought_along,
        images_per_s=busy.n_images / busy.wall_s if busy.n_images else None,
        decoding_share=busy.decoding_s / at_work if at_work else None,
        computing_share=busy.computing_s / at_work if at_work else None,
        gpu_share=busy.gpu.mean,
        gpu_unknown=busy.gpu.unknown,
        half_agreement=agreement,
        compile_choices=tuple(choice for _, choice in passes if choice),
    )
