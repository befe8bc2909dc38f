"""Prints the table of docs/networks_timm.md: what is found and works in one network of each of timm's families, with random weights.

`python docs/timm_table.py > table.md`, with `exemplary[timm]` installed: two to three minutes on one core. Nothing is downloaded. Each
network is tried as docs/networks_table.py tries torchvision's.
"""

from __future__ import annotations

import gc

import timm
import torch
from networks_table import HEAD, Row, problem_of
from timm.data import resolve_data_config
from torch import nn

from core.vision.networks import loaded
from core.vision.sources import _fed_by_timm

FAMILIES = """
resnet18 resnet26d resnetv2_50 seresnet50 regnety_004 densenet121 convnext_atto convnextv2_atto efficientnet_b0 mobilenetv3_small_100
mobilenetv4_conv_small mnasnet_100 ghostnet_100 hardcorenas_a repvgg_a0 vgg11 inception_v3 dla34 hrnet_w18_small
vit_tiny_patch16_224 vit_small_patch16_dinov3 vit_small_patch14_reg4_dinov2 deit_tiny_distilled_patch16_224 deit3_small_patch16_224
beit_base_patch16_224 eva02_tiny_patch14_224 cait_xxs24_224 xcit_nano_12_p16_224 swin_tiny_patch4_window7_224 swinv2_tiny_window8_256
maxvit_rmlp_nano_rw_256 coatnet_nano_rw_224 mixer_s32_224 gmixer_12_224 poolformer_s12 mobilevit_xxs fastvit_t8 levit_128s pvt_v2_b0
hiera_tiny_224 efficientformer_l1 edgenext_xx_small focalnet_tiny_srf
"""


def main() -> None:
    """Print the table, then how many networks worked."""
    torch.set_num_threads(1)
    nn.init.trunc_normal_ = lambda weight, mean=0.0, std=1.0, **_: nn.init.normal_(weight, mean, std)  # the truncated one takes minutes
    rows = []
    print(HEAD)
    for name in FAMILIES.split():
        rows.append(row(name))
        print(rows[-1], flush=True)
        gc.collect()
    print(f"\n{sum(not one.problem for one in rows)} of {len(rows)} tried work.")


def row(name: str) -> Row:
    """Return what holds for one network."""
    torch.manual_seed(0)
    module = timm.create_model(name, pretrained=False)
    config = resolve_data_config({}, model=module)
    try:
        network = loaded(_fed_by_timm(f"timm:{name}", config, module), f"timm:{name}", device=torch.device("cpu"))
    except Exception as error:
        return Row(name, config["input_size"][1], (), f"no: {error}")
    return Row(name, network.card.preprocessing.crop_px, network.card.layers, problem_of(network))


if __name__ == "__main__":
    main()
