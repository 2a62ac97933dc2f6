"""What runs one attempt, on whichever machine: it knows no server and no queue."""
