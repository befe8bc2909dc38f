"""Exemplary's core: mining, synthesis, trials, answers and inference, without any user interface."""
