"""Figures of a deployment for those who watch over it: read from the catalog, answered to Prometheus."""
