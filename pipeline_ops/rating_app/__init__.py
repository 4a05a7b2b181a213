"""The pages on which people rate: a small web application of its own, for outsiders, away from Airflow."""
