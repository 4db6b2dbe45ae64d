"""Audio in, semantic tokens out; and the stage that predicts them from MuLan tokens."""
