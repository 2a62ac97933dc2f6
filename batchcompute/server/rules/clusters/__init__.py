"""The rules of clusters and their VMs."""
