"""One linear, numbered chain that goes up, comes down, and agrees with the models."""

import importlib
import pkgutil
import re
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

import marketplace
from marketplace.core import embedded, migrate
from marketplace.core.db import Base

VERSIONS = Path(marketplace.__file__).parent / "migrations" / "versions"


def load_all_models() -> None:
    for module in pkgutil.walk_packages(marketplace.__path__, "marketplace."):
        if ".migrations" not in module.name and re.search(r"\.models(\.|$)", module.name):
            importlib.import_module(module.name)


def test_revisions_are_numbered_without_gaps_and_each_follows_the_one_before() -> None:
    names = sorted(path.name for path in VERSIONS.glob("*.py") if path.name != "__init__.py")
    assert [name[:5] for name in names] == [f"{number:04d}_" for number in range(1, len(names) + 1)]
    script = ScriptDirectory.from_config(migrate.alembic_config())
    chain = {revision.revision: revision.down_revision for revision in script.walk_revisions()}
    numbers = [name[:4] for name in names]
    assert chain == dict(zip(numbers, [None, *numbers[:-1]], strict=True))
    assert migrate.head() == numbers[-1]


def test_the_models_are_what_the_migrations_make(server: embedded.EmbeddedServer) -> None:
    load_all_models()
    name = "sanzhuan_compared"
    server.create_database(name)
    url = server.url(embedded.OWNER_ROLE, name)
    migrate.upgrade(url)
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_schemas": True, "compare_type": True})
        differences = compare_metadata(context, Base.metadata)
    engine.dispose()
    server.drop_database(name)
    assert differences == []


def test_the_chain_comes_down_to_nothing_and_goes_up_again(server: embedded.EmbeddedServer) -> None:
    name = "sanzhuan_down"
    server.create_database(name)
    url = server.url(embedded.OWNER_ROLE, name)
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
    tables = text(
        "SELECT table_schema || '.' || table_name FROM information_schema.tables"
        " WHERE table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1"
    )
    schemas = text(
        "SELECT nspname FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema' ORDER BY 1"
    )
    migrate.upgrade(url)
    with engine.connect() as connection:
        whole = connection.scalars(tables).all()
    migrate.downgrade(url, "base")
    with engine.connect() as connection:
        left = connection.scalars(tables).all()
        left_schemas = connection.scalars(schemas).all()
    migrate.upgrade(url)
    with engine.connect() as connection:
        again = connection.scalars(tables).all()
        revision = migrate.current_revision(connection)
    engine.dispose()
    server.drop_database(name)
    assert left == ["public.alembic_version"]
    assert left_schemas == ["public"]
    assert again == whole
    assert len(whole) > 40
    assert revision == migrate.head()
