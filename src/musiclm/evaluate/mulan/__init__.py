"""How well a joint text-audio embedding knows music, measured on pieces that it never heard."""
