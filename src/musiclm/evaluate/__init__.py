"""A model or its audio in, numbers about it out: adherence, distances, codec and MuLan quality."""
