"""Synthetic images: asked for, made, imported, traced, exported."""
