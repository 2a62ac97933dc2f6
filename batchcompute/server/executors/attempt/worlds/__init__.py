"""A program's view of the machine: namespaces, a container, or plain folders."""
