"""Music that is ours: composed from theory, rendered, captioned, hours at a time."""
