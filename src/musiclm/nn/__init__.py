"""Layers: no music, no tokens."""
