from flask.testing import FlaskClient


def test_the_front_door_leads_to_the_documentation(client: FlaskClient) -> None:
    answer = client.get("/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/api/docs")


def test_answers_are_written_in_chinese_not_in_escapes(client: FlaskClient) -> None:
    assert "扶贫" in client.get("/api/v1/openapi.json").get_data(as_text=True)
