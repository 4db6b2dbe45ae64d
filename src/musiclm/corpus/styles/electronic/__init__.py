"""Electronic music: club, chip and drone."""
