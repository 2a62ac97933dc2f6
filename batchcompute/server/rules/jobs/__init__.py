"""The rules of jobs, tasks and instances."""
