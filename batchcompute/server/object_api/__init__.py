"""The OSS object protocol: what the vendor's object clients speak, answered from the library."""
