"""The composer's craft: plans, tunes, accompaniment, drums; what a style is made of."""
