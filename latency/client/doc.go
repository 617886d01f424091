// Package client speaks the Debug Adapter Protocol and the Language Server Protocol with
// programs of any maker, to measure them. It checks no schema and keeps no transcript, so that
// a sample is the server's time and little else. A read that never returns ends with the
// process or the connection that it reads from: Start gives each process a deadline.
package client
