"""Waveforms: read, write, resample, measure. No tokens and no networks here."""
