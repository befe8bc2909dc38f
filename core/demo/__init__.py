"""The embedded study: a procedural image world, a small Inception network, its weights and its training script."""
