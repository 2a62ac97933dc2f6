"""Running one attempt, on whichever machine, without knowing server or queue."""
