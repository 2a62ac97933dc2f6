"""The terms that all parts of the service share: states, plans, ids, time and errors."""
