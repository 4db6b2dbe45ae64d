"""Measures of sets of audio: what embeds them, and how far two sets of embeddings are apart."""
