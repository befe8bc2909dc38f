"""A procedural image world: textures, things and scenes drawn with numpy and Pillow, 160 x 160 pixels, without torch.

    gallery (CLASSES, draw), folder (generate), worker (the processes of generate)
      patterns, materials | plants, creatures, things | scenes      one function per class: (rng, light) -> picture
        backdrop, sprite, tiling                                    backgrounds, posed things, texture coordinates
          light, palette, canvas                                    camera, colours, arrays

A picture is float32 (3, 160, 160), RGB, about in [0, 1]; coordinates run from -1 to 1, y downwards.
"""

from __future__ import annotations

from core.demo.world.canvas import SIZE
from core.demo.world.folder import generate, image_path
from core.demo.world.gallery import CLASSES, class_of, draw

__all__ = ["CLASSES", "SIZE", "class_of", "draw", "generate", "image_path"]
