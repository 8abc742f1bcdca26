"""The same measures in DuckDB, over the same Parquet file.

usage: peer.py memory|file union|single|sealed FACTS.parquet MEASURES.json THREADS FOLDER
       peer.py result DECISIONS.parquet AWARDS.parquet

MEASURES.json is a list of {"id", "filter", "amount"}. `union` is one SELECT a measure under UNION
ALL, `single` is one scan whose rows carry the list of their awards. `memory` times the query over
a table that is loaded already, `file` from the file of facts to a file of awards in FOLDER. Prints
one JSON object: the seconds of the best run, the peak memory of this process, and for `memory` the
number of awards and their sum in fen for each measure.

`result` reads the files of a sweep: the decisions of each measure that are eligible, undetermined
and an error with the sum of the awards, and the rows of the payable list with what may be paid.
"""

import json
import os
import sys
import tempfile
import time

import duckdb


def of_result(decisions, awards):
    connection = duckdb.connect()
    measures = connection.execute(
        """
        SELECT measure, count(*) FILTER (outcome = 'eligible'),
               count(*) FILTER (outcome = 'undetermined' AND missing <> '' AND least_fen >= 0),
               count(*) FILTER (outcome = 'error' AND reason IS NOT NULL),
               coalesce(sum(award_fen), 0)
        FROM read_parquet(?) GROUP BY measure
        """,
        [decisions],
    ).fetchall()
    listed = connection.execute(
        """
        SELECT count(*), count(*) FILTER (payable_fen > 0), coalesce(sum(payable_fen), 0),
               coalesce(sum(len(changes)) FILTER (state = 'eligible'), 0)
        FROM read_parquet(?) WHERE payable_fen <= amount_fen AND least_fen <= amount_fen
        """,
        [awards],
    ).fetchone()
    return {
        "measures": {
            name: [eligible, undetermined, error, str(fen)]
            for name, eligible, undetermined, error, fen in measures
        },
        "listed": [str(number) for number in listed],
    }


if sys.argv[1] == "result":
    print(json.dumps(of_result(*sys.argv[2:])))
    sys.exit()

mode, form, facts, measures_path, threads, work_folder = sys.argv[1:7]
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


def union():
    """One SELECT a measure."""
    return " UNION ALL ".join(
        f"SELECT {number}::INTEGER AS measure, uscc, ({m['amount']})::DECIMAL(18,2) AS award "
        f"FROM enterprise WHERE {m['filter']}"
        for number, m in enumerate(measures)
    )


def single():
    """One scan; each row carries the list of its awards."""
    cases = ", ".join(
        f"CASE WHEN {m['filter']} THEN ({m['amount']})::DECIMAL(18,2) END"
        for m in measures
    )
    return (
        "SELECT measure, uscc, award FROM ("
        f"SELECT uscc, unnest([{cases}]) AS award, "
        f"unnest(range({len(measures)}))::INTEGER AS measure FROM enterprise)"
        " WHERE award IS NOT NULL"
    )


def three_valued():
    """One scan; a decision that hangs on a missing fact is NULL, one against the award is -1."""
    cases = ", ".join(
        f"CASE WHEN {m['filter']} THEN ({m['amount']})::DECIMAL(18,2)"
        f" WHEN ({m['filter']}) IS NULL THEN NULL ELSE -1::DECIMAL(18,2) END"
        for m in measures
    )
    return (
        "SELECT uscc, measure, award FROM ("
        f"SELECT uscc, unnest([{cases}]) AS award, "
        f"unnest(range({len(measures)}))::INTEGER AS measure FROM enterprise)"
        " WHERE award IS NULL OR award > 0"
    )


def timed(action):
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def in_memory(connection, query):
    connection.execute(f"CREATE TABLE enterprise AS {VIEW}")
    best = min(
        timed(lambda: connection.execute(f"CREATE OR REPLACE TABLE award AS {query}"))
        for _ in range(5)
    )
    totals = connection.execute(
        "SELECT measure, count(*), sum(award) FROM award WHERE award > 0 GROUP BY measure"
    ).fetchall()
    return best, {
        measures[number]["id"]: [count, str(int(total * 100))]
        for number, count, total in totals
    }


def from_file(connection, query):
    connection.execute(f"CREATE VIEW source AS {VIEW}")
    with tempfile.TemporaryDirectory(dir=work_folder) as folder:
        target = os.path.join(folder, "award.parquet")

        def sweep():
            connection.execute("CREATE OR REPLACE TABLE enterprise AS SELECT * FROM source")
            connection.execute(
                f"COPY ({query}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)"
            )

        return min(timed(sweep) for _ in range(2)), {}


def sealed(connection, query):
    connection.execute("SET preserve_insertion_order = true")
    connection.execute(f"CREATE VIEW source AS {VIEW}")
    names = ", ".join(f"'{m['id']}'" for m in measures)
    digests = []
    with tempfile.TemporaryDirectory(dir=work_folder) as folder:

        def write(name, rows):
            target = os.path.join(folder, name)
            connection.execute(
                f"COPY ({rows}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)"
            )

        def sweep():
            connection.execute("CREATE OR REPLACE TABLE enterprise AS SELECT * FROM source")
            connection.execute(
                "CREATE OR REPLACE TABLE decision AS SELECT uscc, "
                f"[{names}][measure + 1] AS measure, "
                "CASE WHEN award IS NULL THEN 'undetermined' ELSE 'eligible' END AS outcome, "
                f"award FROM ({query})"
            )
            write("decisions.parquet", "SELECT * FROM decision")
            write(
                "awards.parquet",
                "SELECT uscc, measure, award AS amount, award AS payable FROM decision"
                " WHERE outcome = 'eligible'",
            )
            digest = connection.execute(
                "SELECT sha256(string_agg(leaf, '' ORDER BY uscc)) FROM (SELECT uscc, "
                "sha256(string_agg(concat_ws('|', uscc, measure, outcome, award), chr(10) "
                "ORDER BY measure)) AS leaf FROM decision GROUP BY uscc)"
            ).fetchone()
            digests.append(digest)

        best = min(timed(sweep) for _ in range(2))
    if len(set(digests)) != 1:
        raise SystemExit(f"two runs, two digests: {digests}")
    kept = connection.execute(
        "SELECT measure, count(award), count(*) FILTER (award IS NULL), "
        "coalesce(sum(award), 0) FROM decision GROUP BY measure"
    ).fetchall()
    return best, {
        name: [eligible, undetermined, str(int(total * 100))]
        for name, eligible, undetermined, total in kept
    }


def peak_bytes():
    with open("/proc/self/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0


connection = duckdb.connect()
connection.execute(f"SET threads = {threads}")
connection.execute("SET preserve_insertion_order = false")
if form == "sealed":
    seconds, totals = sealed(connection, three_valued())
else:
    run = {"memory": in_memory, "file": from_file}[mode]
    seconds, totals = run(connection, {"union": union, "single": single}[form]())
print(
    json.dumps(
        {
            "version": duckdb.__version__,
            "seconds": seconds,
            "peak_bytes": peak_bytes(),
            "totals": totals,
        }
    )
)
