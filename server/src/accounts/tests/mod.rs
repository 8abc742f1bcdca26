//! Sign-in as a whole, on SQLite and on a real PostgreSQL.
