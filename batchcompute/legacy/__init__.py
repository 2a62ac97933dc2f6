"""Names that only programs written for batchcompute 2.x use."""
