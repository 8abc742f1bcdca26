"""The same measures in DuckDB, over the same Parquet file.

usage: peer.py FACTS.parquet MEASURES.json THREADS

MEASURES.json is a list of {"id", "filter", "amount"}. Prints one JSON object: seconds in memory
(the table already loaded), seconds from the file to a table of awards on disk, and per measure the
number of awards and their sum in fen. Two forms of the query are timed, and the faster one counts.
"""

import json
import os
import sys
import tempfile
import time

import duckdb

facts, measures_path, threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
with open(measures_path, encoding="utf-8") as file:
    measures = json.load(file)

YEAR, LAST = "2025", "2024"
VIEW = f"""
SELECT uscc,
       "region@status"::VARCHAR AS region,
       left("industry@status"::VARCHAR, 1) AS section,
       "listed@status" AS listed,
       "dishonest@status" AS dishonest,
       "titles@status"."高新技术企业" AS high_tech,
       "titles@status"."专精特新中小企业" AS specialised,
       "titles@status"."专精特新小巨人企业" AS giant,
       ("revenue@{YEAR}" * 0.01::DECIMAL(3,2))::DECIMAL(18,2) AS revenue,
       ("revenue@{LAST}" * 0.01::DECIMAL(3,2))::DECIMAL(18,2) AS revenue_last,
       ("research@{YEAR}" * 0.01::DECIMAL(3,2))::DECIMAL(18,2) AS research,
       ("equipment@{YEAR}" * 0.01::DECIMAL(3,2))::DECIMAL(18,2) AS equipment,
       "employees@{YEAR}"::BIGINT AS employees,
       "employees@{LAST}"::BIGINT AS employees_last,
       "hires@{YEAR}" AS hires
FROM read_parquet('{facts}')
"""


def union(table):
    """One SELECT a measure."""
    return " UNION ALL ".join(
        f"SELECT {number}::INTEGER AS measure, uscc, ({m['amount']})::DECIMAL(18,2) AS award "
        f"FROM {table} WHERE {m['filter']}"
        for number, m in enumerate(measures)
    )


def single_pass(table):
    """One scan; each row carries the list of its awards."""
    cases = ", ".join(
        f"CASE WHEN {m['filter']} THEN ({m['amount']})::DECIMAL(18,2) END"
        for m in measures
    )
    return (
        "SELECT measure, uscc, award FROM ("
        f"SELECT uscc, unnest([{cases}]) AS award, "
        f"unnest(range({len(measures)}))::INTEGER AS measure FROM {table})"
        " WHERE award IS NOT NULL"
    )


def connect():
    connection = duckdb.connect()
    connection.execute(f"SET threads = {threads}")
    connection.execute("SET preserve_insertion_order = false")
    return connection


def timed(action):
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def in_memory(form):
    connection = connect()
    connection.execute(f"CREATE TABLE enterprise AS {VIEW}")
    query = form("enterprise")
    best = min(
        timed(lambda: connection.execute(f"CREATE OR REPLACE TABLE award AS {query}"))
        for _ in range(3)
    )
    totals = connection.execute(
        "SELECT measure, count(*), sum(award) FROM award WHERE award > 0 GROUP BY measure"
    ).fetchall()
    return best, totals


def from_file(form):
    connection = connect()
    with tempfile.TemporaryDirectory() as folder:
        target = os.path.join(folder, "award.parquet")
        connection.execute(f"CREATE VIEW source AS {VIEW}")

        def sweep():
            connection.execute("CREATE OR REPLACE TABLE enterprise AS SELECT * FROM source")
            connection.execute(
                f"COPY ({form('enterprise')}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)"
            )

        return min(timed(sweep) for _ in range(2))


forms = {"union": union} if len(measures) > 1000 else {"union": union, "single": single_pass}
memory, sealed, totals = {}, {}, []
for name, form in forms.items():
    try:
        memory[name], totals = in_memory(form)
        sealed[name] = from_file(form)
    except duckdb.Error as error:
        print(f"{name}: {error}", file=sys.stderr)
print(
    json.dumps(
        {
            "version": duckdb.__version__,
            "in_memory_s": min(memory.values()),
            "in_memory_by_form": memory,
            "file_to_file_s": min(sealed.values()),
            "totals": {
                measures[number]["id"]: [count, str(int(total * 100))]
                for number, count, total in totals
            },
        }
    )
)
