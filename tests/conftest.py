"""What every test runs under: its own databases, folders and settings."""
