"""Stages that write acoustic codes: coarse and fine, delayed, or masked; each is only a config."""
