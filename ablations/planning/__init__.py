"""From a table to what there is to run: data, runs, what is done or out of date, and what the rest will cost."""
