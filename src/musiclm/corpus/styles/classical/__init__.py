"""Classical music and music for the screen."""
