"""Drawing code of synthetic people, in the layout of DeepFashion In-shop."""
