"""Drawing primitives of people, faces, flowers and birds."""
