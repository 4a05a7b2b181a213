"""The checkpoint store: what stages made, kept by content, in a local folder or in S3."""
