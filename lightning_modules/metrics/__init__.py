"""How generated images are judged: distribution distances, paired similarity, parsing inside the hole."""
