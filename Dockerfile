# The serving image: the locked packages, the program, an account without rights.
# tools/prove_dockerfile.py runs these steps without a container engine (`make soak`).

FROM python:3.12-slim AS build
WORKDIR /app
COPY requirements/runtime.txt requirements/
RUN python -m venv .venv
RUN .venv/bin/python -m pip install --no-cache-dir --require-hashes -r requirements/runtime.txt

FROM python:3.12-slim
WORKDIR /app
COPY --from=build /app/.venv .venv
COPY alembic.ini ./
COPY migrations migrations
COPY app app
# Database, ledger key and data key; the one place that is written to.
RUN install -d -m 0700 -o 10001 -g 10001 /app/var
ENV PATH=/app/.venv/bin:$PATH
ENV PYTHONUNBUFFERED=1
ENV PYTHONDONTWRITEBYTECODE=1
ENV RENRAKUMO_HOST=0.0.0.0
USER 10001:10001
VOLUME /app/var
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f\"http://127.0.0.1:{os.environ.get('RENRAKUMO_PORT', '8000')}/readyz\", timeout=2)"]
CMD ["python", "-m", "app", "serve"]
