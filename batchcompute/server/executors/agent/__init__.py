"""What keeps the attempts of one machine: starts them, adopts them, remembers their ends."""
