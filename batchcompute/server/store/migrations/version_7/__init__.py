"""The differences between tables 6 and 7, one module for each subject."""
