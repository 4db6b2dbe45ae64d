"""Text to minutes of stereo music."""
