"""Styles from around the world."""
