"""Activation maps: computed, kept, drawn over their images, exported."""
