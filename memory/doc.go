// Package memory remembers for scripts and agents, of each tenant apart:
//
//   - episodes: what was said and done, turn by turn, with the time when it
//     happened and the time when it was taken in;
//   - what is known: entities, and facts about them, which hold from one moment
//     to another (valid time) and are believed from one moment to another
//     (transaction time), so that both clocks can be asked for any moment;
//   - procedures: what is done again and again, with counts and confidence.
//
// Memory is what callers use. It keeps its rows in a Backend (memory/inmem,
// memory/sqlite, memory/postgres), which stores and finds rows and knows nothing of their
// meaning, and its words in an index that it owns.
//
// What was forgotten is gone: from the rows, the index, the log of the database,
// and with it what was known from it alone. A write that was acknowledged
// survives the end of the process. The package knows nothing of Lua, sessions of
// the kernel or language models.
package memory
