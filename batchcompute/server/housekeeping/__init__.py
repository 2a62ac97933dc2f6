"""Housekeeping: watching the disks and removing old jobs, beside the requests of callers."""
