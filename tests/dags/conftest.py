from tests import airflow_home  # noqa: F401  before Airflow is imported
