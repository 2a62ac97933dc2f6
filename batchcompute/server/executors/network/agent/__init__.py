"""An agent on another machine: its meeting and talking with the server, and its own affairs."""
