"""What a model is to the platform: values, protocols, engines, and where weights come from."""
