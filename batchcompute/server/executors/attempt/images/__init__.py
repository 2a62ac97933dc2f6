"""Container images: names, registries and the engine that has them."""
