"""From logits to codes: sampling, guidance, windows; algorithms that know no model's insides."""
