"""Everything that turns spec/ into generated/; not shipped in the wheel."""
