"""What the service remembers, in a database."""
