"""The one place that holds the version; equal to the top entry of CHANGELOG.md."""

__version__ = "0.9.0"
