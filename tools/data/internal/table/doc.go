// Package table reads and writes tables in many formats, row by row: delimited
// text (CSV, TSV), JSON arrays and lines, Excel workbooks, Parquet files, and
// Markdown for writing.
//
// A table never has to fit in memory. What does have to is bounded: one row,
// the rows that types are inferred from, an archive's list of shared strings,
// a Parquet page. What is read comes from strangers: damaged and hostile files
// give errors, never panics.
package table
