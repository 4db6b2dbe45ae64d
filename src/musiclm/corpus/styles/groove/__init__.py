"""Groove music: funk to hip hop."""
