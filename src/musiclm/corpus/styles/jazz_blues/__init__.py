"""Jazz and blues."""
