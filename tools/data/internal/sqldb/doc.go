// Package sqldb runs one SQL statement at a time on PostgreSQL, MySQL or
// MariaDB, and SQLite, for tools.
//
// A statement that only reads runs where the server itself refuses writes: in a
// read-only transaction, or under SQLite's authorizer. What comes back is
// bounded in rows and bytes, and made of values of JSON. When the context is
// done the statement is cancelled on the server too. Nothing of the process's
// environment (PGPASSWORD, ~/.pgpass) is used, and no error holds a password.
package sqldb
