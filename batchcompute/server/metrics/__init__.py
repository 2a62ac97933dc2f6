"""Figures of the running service, for whoever looks after it: Prometheus metrics and health."""
