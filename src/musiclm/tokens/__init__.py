"""The integer world: streams, layouts, timing; no network, no audio."""
