"""Code that all packages share: errors, files, image sheets, the seed. Standard library, Pillow and numpy only."""
