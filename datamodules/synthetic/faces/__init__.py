"""Faces: who a person is (identity), how one picture of them is taken (attributes), and the drawing of both."""
