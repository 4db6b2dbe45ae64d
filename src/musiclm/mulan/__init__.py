"""Text or audio in, a joint embedding and MuLan tokens out."""
