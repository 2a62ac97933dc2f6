"""Clients in other languages, generated from the contract to see that they can be."""
