"""Exemplars and distributions of every unit, in one pass."""
