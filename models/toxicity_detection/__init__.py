"""How likely a text insults, by classifiers."""
