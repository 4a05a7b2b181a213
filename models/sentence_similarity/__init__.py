"""Engines that tell how alike two sentences are in meaning."""
