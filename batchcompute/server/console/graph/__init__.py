"""Drawings of jobs: where everything goes is computed here, and sent as SVG."""
