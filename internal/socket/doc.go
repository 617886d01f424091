// Package socket opens and reaches the sockets of llmspell's servers: loopback
// addresses and unix sockets of this user's, tokens, and whose the other end is.
package socket
