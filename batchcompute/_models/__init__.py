"""The building blocks of every resource class."""
