"""The methods of the clients, made from the contract: signatures, docstrings, requests, results."""
