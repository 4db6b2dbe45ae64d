"""Measures of a whole model: adherence, distance, structure, ablation, memorization, examples."""
