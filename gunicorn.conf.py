"""How the service runs in production: `gunicorn` without arguments reads this file by itself.

A buffering proxy (nginx, a load balancer) belongs in front: it absorbs slow clients. docs/operations.md says
which figures to change and when. The database is never started from here: workers need DATABASE_URL.
"""

import os
import shutil
import tempfile
from typing import Any

wsgi_app = "wsgi:create_app()"

# Threads finish what they are doing when the service is stopped; sync workers reset waiting connections.
worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = int(os.environ.get("WEB_THREADS", "8"))
bind = os.environ.get("WEB_BIND", "127.0.0.1:8000")

# The default queue of 2,048 is 2,048 requests nobody waits for any more once the service is overloaded.
backlog = int(os.environ.get("WEB_BACKLOG", "128"))

# For gthread `timeout` notices a dead worker, it does not end one request: statement_timeout does.
timeout = 30
graceful_timeout = 30
# Longer than the proxy's idle time, so that the proxy and not the service closes an idle connection.
keepalive = 75

# A worker is replaced now and then, not all at the same moment. Connections it kept open are closed then, so the proxy
# must try a GET again (nginx does). 0: never replaced.
max_requests = int(os.environ.get("WEB_MAX_REQUESTS", "20000"))
max_requests_jitter = max_requests // 10

# Heartbeat files on a disk that is busy make healthy workers look dead.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108 - heartbeat files hold nothing

# gunicorn 27 opens a control socket in the home folder by default; nobody here speaks to it.
control_socket_disable = True

limit_request_line = 4_094
limit_request_fields = 64
limit_request_field_size = 8_190
# Whose X-Forwarded-* are believed: the proxy's address, never "*".
forwarded_allow_ips = os.environ.get("WEB_TRUSTED_PROXIES", "127.0.0.1,::1")

# The service writes its own request log, without personal data; gunicorn's would hold query strings.
accesslog = None
errorlog = "-"

# Counters of several workers are added up from files; a folder left by the last run would be counted again.
if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="sanzhuan-metrics-")


def on_starting(server: Any) -> None:
    """Start with an empty folder of counters."""
    folder = os.environ["PROMETHEUS_MULTIPROC_DIR"]
    os.makedirs(folder, exist_ok=True)
    for name in os.listdir(folder):
        if name.endswith(".db"):
            os.unlink(os.path.join(folder, name))


def post_worker_init(worker: Any) -> None:
    """Everything is imported."""
    from marketplace.core.collector import keep_what_is_loaded

    keep_what_is_loaded()


def child_exit(server: Any, worker: Any) -> None:
    """Let the counters of a worker that ended stay in the sums, and its gauges leave them."""
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)


def on_exit(server: Any) -> None:
    """Take the folder of counters away when the service ends."""
    folder = os.environ["PROMETHEUS_MULTIPROC_DIR"]
    if os.path.basename(folder).startswith("sanzhuan-metrics-"):
        shutil.rmtree(folder, ignore_errors=True)
