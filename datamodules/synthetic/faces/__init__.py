"""Faces: identity of a person, attributes of an image, and the drawing of both."""
