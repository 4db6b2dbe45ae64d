"""Training: one loop, its state on disk, and one file per thing that is trained."""
