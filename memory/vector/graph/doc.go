// Package graph is HNSW: a graph of rows in layers, in which a search goes from neighbour
// to neighbour towards its query (Malkov, Yashunin: Efficient and robust approximate
// nearest neighbor search using Hierarchical Navigable Small World graphs, 2016).
//
// It knows rows by number and how near they are by a Space, and holds neither vectors nor ids. A row
// that is deleted is passed through but not found, until a sweep has led the links of its
// neighbours around it. The sweep goes on by a few rows with each Step, so that no single
// change waits for it.
//
// Differences from the paper: neighbours are chosen by Algorithm 4 without filling up, as hnswlib
// does; a row's last link from another is not given up, so that it stays findable; layers
// follow from a counter and not from chance, so that equal changes make equal graphs.
//
// A Graph is not safe for use by several goroutines, but for searches alone.
package graph
