"""Formats in which answers are exchanged with other programs. Pure: bytes and records, no files."""
