"""Text to sound: the assembled chain, its result, and how a model folder becomes one."""
