// Package links keeps the links of a directed graph in compact arrays, so that walks of several hops read
// memory alone: about 40 bytes a link. Each link holds in a span of time. Links come and go one by one; from time
// to time the arrays are packed anew.
//
// It knows numbers of nodes and names of links, and no store. A Graph may be read by several goroutines at a time,
// while none changes it.
package links
