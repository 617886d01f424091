// Package tool is the contract between tools and whoever runs them: what a
// tool says about itself (Descriptor), what it is given (Call), what it gives
// back (Result), and how it fails (Error).
//
// A tool knows nothing of Lua, sessions or protocols. It touches files only
// through the Sandbox of its Call.
package tool
