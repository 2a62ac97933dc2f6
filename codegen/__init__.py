"""Everything that turns spec/ into batchcompute/_generated/; not shipped in the wheel."""
