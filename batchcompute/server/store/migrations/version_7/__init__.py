"""What tables 7 have that tables 6 had not, one module for each subject."""
