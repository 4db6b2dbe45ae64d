"""Captions of the field's benchmarks in, published rows beside ours out; downloads nothing."""
