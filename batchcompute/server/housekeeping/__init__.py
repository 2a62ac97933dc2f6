"""What a service does for itself, beside its callers: it watches its disks and lets old jobs go."""
