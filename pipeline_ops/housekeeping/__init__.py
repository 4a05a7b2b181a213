"""What has to be looked after in a deployment day by day, whoever starts it."""
