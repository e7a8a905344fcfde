"""From a table to its runs: data, stages, their state (done, out of date, missing), and estimated costs."""
