"""What Airflow shows of Dubwright."""
