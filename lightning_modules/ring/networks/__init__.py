"""The networks of the ring experiment."""
