"""Answers that people gave, or somebody brings: taken, read, exported."""
