"""The executor of agents on other machines, which ask for their work over TLS."""
