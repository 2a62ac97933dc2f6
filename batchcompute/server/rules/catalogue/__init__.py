"""The rules of what there is to use: instance types, quotas and images of the system."""
