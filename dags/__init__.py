"""What runs and in which order; Airflow parses every module here."""
