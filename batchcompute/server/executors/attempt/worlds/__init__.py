"""What a program sees of the machine: namespaces, a container, or plain folders."""
