// Package socket opens and reaches the sockets of llmspell's servers: loopback
// addresses and unix sockets of this user's, the accept loop, tokens, whose the other
// end is, connections that have not said who they are, and the last messages to one.
package socket
