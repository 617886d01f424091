// Package extract takes facts from turns of conversations by rules, without a model: who is called what, who
// lives and works where, who is whose sister, what somebody likes.
//
// The rules are of English, and are made to be right rather than complete: what is
// asked, quoted, wished or denied is not taken, nor what a pronoun is about. What says that
// something holds no longer ends it. The package knows nothing of stores.
package extract
