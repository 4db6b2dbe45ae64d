"""Waveforms to acoustic codes and back."""
