// Package events carries events between the scripts, tools and clients of a kernel.
//
// A Bus takes events from publishers and gives each to the subscriptions whose
// pattern its type matches. A subscription gets the events of one publisher, that
// is of one goroutine, in the order in which they were published. Everything is
// bounded: the number of subscriptions, the buffer of each, the history. A
// subscriber that is slow loses events, and knows how many; it stops no publisher
// unless it has asked to with Block.
//
// An event is shared by all who get it, and nobody changes it or its data.
//
// The bus starts no goroutine, except one for each handler. Hooks run before and
// after an event is emitted, and when a handler fails.
package events
