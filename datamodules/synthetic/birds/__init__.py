"""Birds: species, body, feathers, perches and images."""
