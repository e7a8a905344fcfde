"""Models as LightningModules, a folder a family, and what families share."""
