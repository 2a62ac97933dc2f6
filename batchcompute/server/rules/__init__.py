"""The rules of the API: what is accepted, what it means, and how things are shown."""
