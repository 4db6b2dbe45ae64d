"""Pop and rock, and the songs of the country."""
