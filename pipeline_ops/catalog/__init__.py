"""The SQL side: whose videos there are, what was asked, what became of it, what it cost, what is shown."""
