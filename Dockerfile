# One image for every service of docker-compose.yaml.
#   docker build -t dubwright .
#   docker build -t dubwright-gpu --build-arg TORCH_INDEX=https://download.pytorch.org/whl/cu130 .
FROM python:3.11-slim-bookworm

ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu

ENV PATH=/opt/dubwright/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    AIRFLOW_HOME=/opt/airflow

RUN useradd --create-home --uid 50000 dubwright \
    && mkdir -p /opt/dubwright /opt/airflow/logs /opt/airflow/config /var/lib/dubwright/ratings /weights /media \
    && chown -R dubwright /opt/dubwright /opt/airflow /var/lib/dubwright /weights
USER dubwright
WORKDIR /opt/dubwright

# What changes seldom comes first: torch on its own, since only its own index has the build wanted.
COPY --chown=dubwright requirements-torch.txt requirements.txt ./
RUN python -m venv .venv \
    && pip install --no-cache-dir "pip==26.3" "uv==0.13.9" \
    && pip install --no-cache-dir --extra-index-url "$TORCH_INDEX" -r requirements-torch.txt \
    && uv pip install --no-cache --compile-bytecode -r requirements.txt

COPY --chown=dubwright pyproject.toml ./
COPY --chown=dubwright models ./models
COPY --chown=dubwright pipeline_ops ./pipeline_ops
COPY --chown=dubwright dags ./dags
COPY --chown=dubwright plugins ./plugins
RUN uv pip install --no-cache --no-deps -e .

# The word after `docker run` is Airflow's: api-server, scheduler, celery worker ...
ENTRYPOINT ["airflow"]
CMD ["version"]
