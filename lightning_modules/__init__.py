"""Models as LightningModules, one folder per family, and their common parts."""
