"""The commands, one module for each or for a few that are much alike."""
