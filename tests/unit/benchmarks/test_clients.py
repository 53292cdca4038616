"""A client process of a benchmark that fails is an error that says why, not an empty queue after a minute."""

import os
import socket

import pytest

from benchmarks import clients


@pytest.fixture
def port():
    """A port on which somebody listens and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def broken(_client):
    raise ValueError("no request to send")


def dying(_client):
    os._exit(3)


def test_an_error_in_a_client_process_is_told_with_its_traceback(port):
    with pytest.raises(
        RuntimeError, match=r"(?s)client process failed:\nTraceback.*ValueError: no request to send"
    ):
        clients.drive(port, broken, clients=2, seconds=1)


def test_a_client_process_that_dies_without_a_word_is_told_with_its_exit_code(port):
    with pytest.raises(RuntimeError, match="a client process ended without a word, exit code 3"):
        clients.drive(port, dying, clients=2, seconds=1)
