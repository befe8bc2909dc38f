"""Embedders that are networks: a layer of any network that can be loaded, and the embedded study's observer network."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import nn

from core.domain import Layer, digest
from core.embedder_names import DEMO_OBSERVER, EmbedderKind
from core.errors import NetworkError
from core.vision.embedders.feeding import BATCH, in_batches, resized
from core.vision.embedders.kinds import Pixels, Vectors
from core.vision.mining import measure
from core.vision.networks import LoadedNetwork, load_network, weights_digest


@dataclass(frozen=True, slots=True)
class LayerEmbedder:
    """Spatial means of a network's layer, pre-ReLU where the layer is."""

    network: LoadedNetwork
    layer: Layer
    kind: EmbedderKind = field(default="network", init=False)
    z_scored: bool = field(default=True, init=False)

    @property
    def name(self) -> str:
        """Return the network's and the layer's name."""
        return f"{self.network.card.name} {self.layer.name}"

    @property
    def description(self) -> str:
        """Return one line that says what the similarity is."""
        return f"{self.name}, spatial means, z-scored over the image set, cosine"

    @property
    def dimension(self) -> int:
        """Return how many channels the layer has."""
        return self.layer.n_channels

    @property
    def network_digest(self) -> str:
        """Return the digest of the network's card."""
        return self.network.card.network_digest

    @property
    def digest(self) -> str:
        """Return 16 digits of network and layer."""
        return layer_digest(self.network_digest, self.layer.name)

    def embed(self, pixels: Pixels) -> Vectors:
        """Return float32 (n, d), the channels' spatial means."""
        fed = self.network.card.preprocessing
        images = resized(pixels, fed.crop_px, n_channels=fed.n_channels, interpolation=fed.interpolation)
        return measure(self.network, images, layers=[self.layer], batch=BATCH[self.network.device.type])


@dataclass(frozen=True, slots=True)
class ModuleEmbedder:
    """What a module gives for an image: `module` takes float32 (B, 3, side_px, side_px) in [0, 1] and returns (B, dimension)."""

    name: str
    description: str
    digest: str
    module: nn.Module
    side_px: int
    dimension: int
    device: torch.device
    kind: EmbedderKind = field(default="network", init=False)
    z_scored: bool = field(default=False, init=False)
    network_digest: str | None = field(default=None, init=False)

    def embed(self, pixels: Pixels) -> Vectors:
        """Return float32 (n, d)."""
        images = resized(pixels, self.side_px)
        return in_batches(self.module, images, batch=BATCH[self.device.type], device=self.device, dimension=self.dimension)


def layer_digest(network_digest: str, layer: str) -> str:
    """Return what names the embeddings by a network's layer: known without loading it."""
    return digest({"network": network_digest, "layer": layer, "reduction": "mean"})


def open_layer(source: str, layer: str | None, device: torch.device) -> LayerEmbedder:
    """Return the embedder by a layer of the network that `source` names, None: its deepest. Raises what `load_network` raises."""
    network = load_network(source, device=device)
    return LayerEmbedder(network, network.layer(layer) if layer else network.card.layers[-1])


def open_demo_observer(device: torch.device) -> ModuleEmbedder:
    """Return the embedder that ships with the embedded study. Raises NetworkError where its weights cannot be read."""
    from core.demo import observer_network

    try:
        module = observer_network.build()
    except OSError as error:
        raise NetworkError(f"The observer network's weights cannot be read ({error}); reinstall Exemplary.") from error
    return ModuleEmbedder(
        name=DEMO_OBSERVER,
        description="a small network trained apart on the embedded image world, cosine of its embedding",
        digest=digest({"weights": weights_digest(module), "side_px": observer_network.SIDE_PX}),
        module=module.requires_grad_(False).to(device, memory_format=torch.channels_last),  # type: ignore[call-overload]
        side_px=observer_network.SIDE_PX,
        dimension=observer_network.EMBEDDING,
        device=device,
    )
