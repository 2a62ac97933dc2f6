"""The command `batchcompute`: jobs, logs, clusters and objects from a shell."""
