"""A song and an index of training music in, what of the song stands in the index out."""
