"""What a codec loses, measured on held-out music beside Opus on the same clips."""
