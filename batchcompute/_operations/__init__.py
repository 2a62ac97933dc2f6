"""What every call has in common: reading its arguments, and making results of responses."""
