"""Drawing primitives that people, faces, flowers and birds share."""
