from flask.testing import FlaskClient


def test_alive_and_ready(client: FlaskClient) -> None:
    assert client.get("/healthz").get_json() == {"status": "ok"}
    ready = client.get("/readyz")
    assert ready.status_code == 200
    assert ready.get_json()["durable"] is False  # the test server runs without fsync, and says so


def test_metrics_name_routes_not_paths(client: FlaskClient) -> None:
    client.get("/healthz")
    text = client.get("/metrics").text
    assert 'sanzhuan_requests_total{method="GET",route="/healthz",status="200"}' in text


def test_an_unknown_api_path_is_problem_json_and_a_page_is_html(client: FlaskClient) -> None:
    api = client.get("/api/v1/nothing")
    assert (api.status_code, api.mimetype, api.get_json()["code"]) == (
        404,
        "application/problem+json",
        "not_found",
    )
    page = client.get("/nothing")
    assert (page.status_code, page.mimetype) == (404, "text/html")


def test_a_harmless_request_id_is_echoed_and_a_harmful_one_replaced(client: FlaskClient) -> None:
    assert client.get("/healthz", headers={"X-Request-ID": "abc-1"}).headers["X-Request-ID"] == "abc-1"
    assert client.get("/healthz", headers={"X-Request-ID": "a b;c"}).headers["X-Request-ID"] != "a b;c"


def test_a_wrong_method_names_the_right_ones(client: FlaskClient) -> None:
    answer = client.post("/healthz")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]
