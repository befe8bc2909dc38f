from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torchvision import models

from core.domain import Branch, Layer
from core.errors import NetworkError
from core.vision.arrangement import arrangement_of, as_maps, n_channels_of, prefix_in, prefix_tokens
from core.vision.hooks import Tap, cloned, spatial_mean, tapped


def values(*shape: int) -> Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(0))


def test_patch_tokens_stand_where_their_patches_do() -> None:
    """Row r, column c of the grid is patch token r * side + c; prefix tokens are left out."""
    tokens = values(2, 2 + 9, 5)
    maps = as_maps(tokens, "tokens", n_prefix=2)
    assert maps.shape == (2, 5, 3, 3)
    for row in range(3):
        for column in range(3):
            assert torch.equal(maps[:, :, row, column], tokens[:, 2 + 3 * row + column])


def test_tokens_that_are_no_square_are_one_column() -> None:
    """Where the patches are no square grid, a map has one column, without the prefix tokens."""
    tokens = values(2, 1 + 6, 5)
    assert torch.equal(as_maps(tokens, "tokens", n_prefix=1), tokens[:, 1:].mT[:, :, :, None])


def test_channels_last_are_put_first_and_vectors_are_maps_of_one_position() -> None:
    """(B, h, w, C) becomes (B, C, h, w); maps stay the same tensor; (B, C) gets two sides of 1."""
    maps = values(2, 4, 4, 7)
    assert torch.equal(as_maps(maps, "channels_last"), torch.einsum("bhwc->bchw", maps))
    assert as_maps(maps, "maps") is maps
    assert as_maps(maps[:, :, 0, 0], "maps").shape == (2, 4, 1, 1)


@pytest.mark.parametrize(("arrangement", "shape"), [("tokens", (2, 5, 3)), ("tokens", (2, 4, 3)), ("channels_last", (2, 2, 2, 3))])
def test_gradient_goes_through_the_arrangement(arrangement: str, shape: tuple[int, ...]) -> None:
    """The gradient of a function of the maps equals finite differences; the class token, which is left out, has none."""
    given = values(*shape).double().requires_grad_()
    weights = values(2, 3, 4, 1).double()

    def objective(given: Tensor) -> Tensor:
        maps = as_maps(given, arrangement, n_prefix=shape[1] - 4)  # type: ignore[arg-type]
        return (maps.flatten(2)[..., None] * weights).square().sum()

    assert torch.autograd.gradcheck(objective, given)
    (gradient,) = torch.autograd.grad(objective(given), given)
    assert (gradient[:, : shape[1] - 4] == 0).all() if arrangement == "tokens" else (gradient != 0).all()


def test_layouts_are_told_by_shape_and_by_what_works_on_the_channels() -> None:
    """Three dimensions are tokens; four have channels last only where a layer norm or linear map inside has that width."""
    linear, conv = nn.Sequential(nn.LayerNorm(8), nn.Linear(8, 8)), nn.Conv2d(3, 7, 1)
    assert arrangement_of(linear, (1, 50, 8)) == "tokens"
    assert arrangement_of(linear, (1, 7, 7, 8)) == "channels_last"
    assert arrangement_of(linear, (1, 7, 7, 9)) == "maps"
    assert arrangement_of(conv, (1, 7, 7, 8)) == "maps"
    assert [n_channels_of(layout, (1, 7, 7, 8)) for layout in ("maps", "tokens", "channels_last")] == [7, 8, 8]


def test_prefix_tokens_are_counted_by_name_unless_the_network_says_their_number() -> None:
    """Class and register tokens are found among the parameters; timm's own count comes first; convolutions have none."""
    network = nn.Module()
    network.cls_token, network.register_tokens = nn.Parameter(values(1, 1, 8)), nn.Parameter(values(1, 4, 8))
    network.pos_embed = nn.Parameter(values(1, 9, 8))
    assert prefix_tokens(network) == 5
    network.num_prefix_tokens = 1
    assert prefix_tokens(network) == 1
    assert prefix_tokens(nn.Conv2d(3, 4, 1)) == 0


def test_a_class_token_that_joins_later_is_not_taken_off_a_full_grid() -> None:
    """Where all tokens are a square and those without the prefix are not, no prefix is there yet."""
    assert [prefix_in(197, 1), prefix_in(196, 1), prefix_in(201, 5), prefix_in(225, 1)] == [1, 0, 5, 0]
    assert prefix_in(241, 1) == 1


def small_vit() -> nn.Module:
    torch.manual_seed(0)
    return models.VisionTransformer(image_size=32, patch_size=8, num_layers=2, num_heads=2, hidden_dim=12, mlp_dim=24, num_classes=3).eval()


def test_a_blocks_activation_is_the_mean_over_its_patch_tokens() -> None:
    """What mining reduces a block to equals a plain mean of the tokens after the first; the hooks are gone afterwards."""
    network, images = small_vit(), values(2, 3, 32, 32)
    block = network.encoder.layers[1]
    layer = Layer("block", 12, (Branch("all", 0, 12),), False)
    kept: list[Tensor] = []
    handle = block.register_forward_hook(lambda _module, _inputs, output: kept.append(output.clone()))
    with torch.no_grad():
        network(images)
        handle.remove()
        with tapped(network, {"block": (Tap(block, arrangement="tokens", n_prefix=1),)}, layers=[layer], reduction=spatial_mean) as forward:
            found = forward(images)[0]
    torch.testing.assert_close(found, sum(kept[0][:, number] for number in range(1, 17)) / 16)
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in network.modules())


def test_the_gradient_of_an_image_through_a_transformers_block_equals_finite_differences() -> None:
    """A derivative of a unit's mean by the image, taken through hook and arrangement, equals the difference quotient."""
    network, images, step = small_vit().double(), values(1, 3, 32, 32).double(), 1e-5
    direction = torch.randn(images.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    layer = Layer("block", 12, (Branch("all", 0, 12),), False)
    tap = Tap(network.encoder.layers[0], arrangement="tokens", n_prefix=1)
    with tapped(network, {"block": (tap,)}, layers=[layer], reduction=cloned) as forward:

        def mean(images: Tensor) -> Tensor:
            return forward(images)[0][0, 3].mean()

        (gradient,) = torch.autograd.grad(mean(images.requires_grad_()), images)
        with torch.no_grad():
            quotient = (mean(images + step * direction) - mean(images - step * direction)) / (2 * step)
    torch.testing.assert_close((gradient * direction).sum(), quotient, rtol=1e-6, atol=1e-9)


def test_a_transformer_that_is_given_another_size_is_one_sentence() -> None:
    """Where a network's size is fixed, the size that came and what renders without changing it are said."""
    network = small_vit()
    layer = Layer("block", 12, (Branch("all", 0, 12),), False)
    taps = {"block": (Tap(network.encoder.layers[0], arrangement="tokens", n_prefix=1),)}
    with (
        pytest.raises(NetworkError, match=r"refuses images of 40 px .*presets quick, maco and accentuate"),
        tapped(network, taps, layers=[layer], reduction=spatial_mean) as forward,
    ):
        forward(values(1, 3, 40, 40))
