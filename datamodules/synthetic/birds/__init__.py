"""Birds: species, body, feathers, perches and the picture of one."""
