"""One HTML file that shows the contract and asks nothing of the outside."""
