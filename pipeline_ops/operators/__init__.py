"""Airflow operators: the only part of the platform that imports Airflow."""
