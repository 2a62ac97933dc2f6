"""What a program may have of its machine, and what sees to it that it has no more."""
