"""Code that all packages share: errors, file writing, image sheets. Standard library, Pillow and numpy only."""
