"""Two versions of the models over a set of clips: run through the same graph, compared, reported."""
