"""A service under mixed work and faults for a long time: `python -m tests.slow.soak`."""
