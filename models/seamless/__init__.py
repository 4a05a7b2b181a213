"""What the engines of Meta's Seamless models share: languages, checkpoint, networks, speech to speech."""
