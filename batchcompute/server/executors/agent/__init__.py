"""The agent of one machine: it starts and adopts attempts, and remembers their ends."""
