"""Starts and stops the Airflow of one machine, and talks to any Airflow by REST. Imports no Airflow."""
