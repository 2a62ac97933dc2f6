"""Objects in an OSS or S3 somewhere else."""
