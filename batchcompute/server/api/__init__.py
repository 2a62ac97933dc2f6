"""HTTP: who asks, what for, and how answers and errors look on the wire."""
