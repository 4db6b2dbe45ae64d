"""Token language models: codes in, logits out; one core, three ways to lay out a sequence."""
