"""Launchers: how agents come to machines, by engines that own them."""
