"""Whether the corpus is music: measurements of composed and rendered pieces, each with a bar."""
