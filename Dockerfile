# One image for web, worker and migration; compose.yaml gives each its command.
FROM python:3.11-slim-bookworm

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    UV_PYTHON_DOWNLOADS=never UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy \
    PATH=/srv/sanzhuan/.venv/bin:$PATH

RUN pip install --no-cache-dir uv==0.13.9 && useradd --system --create-home --home-dir /srv/sanzhuan sanzhuan
WORKDIR /srv/sanzhuan

# Dependencies first: they change less often than the code.
COPY pyproject.toml uv.lock ./
RUN uv sync --frozen --no-dev
COPY . .
RUN mkdir -p var && chown sanzhuan: var

USER sanzhuan
EXPOSE 8000
ENV WEB_BIND=0.0.0.0:8000
CMD ["gunicorn"]
